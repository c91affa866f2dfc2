"""Discord's limits, as its documentation gives them: lengths in characters, counts in pieces."""

from typing import Final

CHOICES: Final = 25
"""Rows of a menu, and of an autocomplete."""
CHOICE: Final = 100
"""The name of a choice, of a menu's row and of its value."""
CUSTOM_ID: Final = 100
BUTTONS: Final = 25
"""Of a message: five rows of five."""
DESCRIPTION: Final = 100
"""Of a choice and of a field in a modal."""
MODAL_TITLE: Final = 45
FIELD_LABEL: Final = 45
PLACEHOLDER: Final = 100
FIELD_FILES: Final = 10
"""Files that one field of a modal takes."""
FIELD_TEXT: Final = 4000
"""What one field of a modal takes."""
GALLERY: Final = 4
"""Embeds with one link that stand as one gallery."""
EMBEDS: Final = 10
"""Embeds of one message."""
