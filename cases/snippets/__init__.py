"""What the snippets of the atlas have in common: calls of frameworks, lines, blocks."""
