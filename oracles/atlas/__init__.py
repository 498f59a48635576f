"""The atlas's columns, and running their snippets in processes of their own."""
