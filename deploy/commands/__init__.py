"""The commands of `rueckruf`, one file each."""
