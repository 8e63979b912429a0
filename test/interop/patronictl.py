"""patronictl, as Debian's package starts it."""
import sys

from patroni.ctl import ctl

sys.argv[0] = 'patronictl'
sys.exit(ctl())
