"""The workflows: one module each, pure decisions first, one async entry. No SDK is imported here."""
