"""What on-call has paused: queues and timers, until when, by whom; and what every instance knows of it."""
