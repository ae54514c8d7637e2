import sys

from packaging.version import InvalidVersion, Version

for line in sys.stdin:
    left, right = line.rstrip("\n").split("\t")
    try:
        left, right = Version(left), Version(right)
    except InvalidVersion:
        print("?")
        continue
    print((left > right) - (left < right))
