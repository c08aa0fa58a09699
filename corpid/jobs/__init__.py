"""Durable background work: a row first, then a wake-up; a lease with a fence; a sweep."""
