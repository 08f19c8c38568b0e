"""Says what it finds: its input, its environment and its limits."""

import json
import os
import resource
import sys

found = {
    "input": sys.stdin.read(),
    "environment": sorted(os.environ),
    "memory": resource.getrlimit(resource.RLIMIT_AS),
    "processor_seconds": resource.getrlimit(resource.RLIMIT_CPU),
    "core": resource.getrlimit(resource.RLIMIT_CORE),
}
sys.stdout.write(json.dumps(found))
