"""What the tests share: fixture programs, their other spellings, and how they are run."""
