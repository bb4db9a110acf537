"""Honest comparison on data: each study is run by one command and prints its own figures."""
