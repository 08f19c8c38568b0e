"""Never ends, and does nothing, so that no processor time is spent."""

import time

while True:
    time.sleep(1)
