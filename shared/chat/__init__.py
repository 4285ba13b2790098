"""The chat model: one port (`base`) with typed answers, and the providers `azure`, `openai` and `local` behind it."""
