"""What the tests share: the server under test, its people, shapes of answers, and waiting."""
