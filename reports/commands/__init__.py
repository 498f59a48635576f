"""The commands: each file a command's options, `*_told` what it says."""
