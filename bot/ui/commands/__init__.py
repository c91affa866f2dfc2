"""What slash commands share: options, files, answers."""
