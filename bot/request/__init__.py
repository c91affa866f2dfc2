"""From what a member asked for to the inputs of one model. Nothing here is paid."""
