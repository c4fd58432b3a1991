"""Harnesses that feed hostile input to what reads it; run by hand for as long as there is patience."""
