"""The Experience API as pure functions: what is read, validated, stamped, compared and indexed. No web, no database."""
