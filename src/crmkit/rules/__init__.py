"""What falls due and why: pure functions over one dossier. Nothing here asks the time or touches a file."""
