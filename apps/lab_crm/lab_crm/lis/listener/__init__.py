"""The MLLP listener: one process that takes the messages of all connections, stores each, and only then
acknowledges it.
"""
