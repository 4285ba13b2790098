"""The console in a real browser, against the app on devhost with a store and a model that can be taken away.

One pattern: a test in Python arranges what the app meets, and lets a scenario play (`stage.play("complaint", user="ada")`).
A scenario is a module in `scenarios/` that exports a function; `stage.mjs` gives it a page and watches over what no scenario
may do: meet an error of the page or a breach of its policy, ask another origin for something, put the key into an address.
"""
