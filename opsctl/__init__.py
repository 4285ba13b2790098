"""The command-line client of on-call: a deployment's management endpoints as commands, tables and exit codes.

It knows the HTTP API alone and imports nothing of the app, so that it runs against any deployment from any machine.
"""
