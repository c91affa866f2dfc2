"""What a card shows, and the loop that brings it there. Knows no Discord."""
