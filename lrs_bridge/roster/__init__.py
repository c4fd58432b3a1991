"""Files from HR: read them, say everything that is wrong with them, and plan the difference they make."""
