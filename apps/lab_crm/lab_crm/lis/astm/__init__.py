"""ASTM E1381 and E1394 (CLSI LIS01-A2, LIS02-A2): the line and the records of analysers. Pure: no site, no
sockets.
"""
