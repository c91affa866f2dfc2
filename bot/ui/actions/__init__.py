"""The actions of a finished card in Discord: buttons, a menu, which result is meant, a modal for words."""
