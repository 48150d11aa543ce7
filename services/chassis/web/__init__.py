"""The web kit: what every page of every service stands on."""
