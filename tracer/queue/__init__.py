"""The live queue of a Postfix: what waits in it and why, and what an operator does about it."""
