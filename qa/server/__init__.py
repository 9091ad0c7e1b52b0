"""What programs and assistants call: the same engine, queue and checks as the page's."""
