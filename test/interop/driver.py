"""Patroni's own store classes and patronictl as a process: a call a line on standard input, an answer a line on standard output."""
import base64
import json
import logging
import os
import sys

from click.testing import CliRunner
from dateutil.parser import isoparse
from patroni.config import Config
from patroni.ctl import ctl
from patroni.dcs import get_dcs
from patroni.version import __version__

# Of 3.0 the signatures are others, and its classes answer from a cache unless they are told not to.
IS_3 = __version__.startswith('3.')
TAGS = ('nofailover', 'failover_priority', 'noloadbalance', 'clonefrom', 'nosync', 'sync_priority', 'replicatefrom', 'nostream')
QUIET = ('write_status', 'write_failsafe', 'set_ttl') + (('cancel_initialization',) if IS_3 else ())


def member(m):
    """A member in Patroni's eyes: what is stored, and what its own properties make of it."""
    fields = {'name': m.name, 'bound': bool(m.session), 'data': m.data, 'conn_url': m.conn_url, 'api_url': m.api_url,
              'state': m.state, 'running': m.is_running, 'version': m.version if IS_3 else m.patroni_version,
              'lsn': getattr(m, 'lsn', None)}
    fields.update({name: getattr(m, name, None) for name in TAGS + ('receive_lsn', 'replay_lsn')})
    return fields


def cluster(c):
    return {
        'initialize': c.initialize,
        'config': c.config and c.config.data,
        'leader': c.leader and {'name': c.leader.name, 'bound': bool(c.leader.session), 'timeline': c.leader.timeline},
        'unlocked': c.is_unlocked(),
        'members': sorted(map(member, c.members), key=lambda m: m['name']),
        'status': {'last_lsn': c.last_lsn, 'slots': c.slots} if IS_3 else c.status._asdict(),
        'failover': None if c.failover is None else {
            'leader': c.failover.leader, 'candidate': c.failover.candidate, 'asked': bool(c.failover),
            'scheduled_at': c.failover.scheduled_at and c.failover.scheduled_at.isoformat()},
        'sync': {'leader': c.sync.leader, 'empty': c.sync.is_empty, **({'voters': c.sync.members} if IS_3 else
                 {'voters': c.sync.voters, 'quorum': c.sync.quorum})},
        'history': c.history and c.history.lines,
        'timeline': c.timeline,
        'failsafe': c.failsafe,
        'workers': {group: cluster(worker) for group, worker in c.workers.items()},
    }


def compact(value):
    """As Patroni writes what it hands over as text: its configuration (api.py, ctl.py) and its history (ha.py)."""
    return json.dumps(value, separators=(',', ':'))


def opened_dcs(config):
    dcs = get_dcs(Config(config) if isinstance(config, str) else config)
    # etcd's class reads the store into its memory in a thread, which forgets what is written through it meanwhile.
    cache = getattr(dcs._client, '_kv_cache', None)
    if cache:
        with cache.condition:
            dcs._client._wait_cache(10)
    return dcs


def load(dcs):
    return dcs.get_cluster(force=True) if IS_3 else dcs.get_cluster()


def put_bytes(dcs, key, value):
    """What no writer of the layout would store: bytes, past Patroni's own methods."""
    path, client = dcs.client_path(key), dcs._client
    if hasattr(client, 'call_rpc'):
        client.call_rpc('/kv/put', {field: base64.b64encode(it).decode() for field, it in (('key', path.encode()), ('value', value))})
    elif hasattr(client, 'kv'):
        client.kv.put(path, value)
    else:
        client.create(path, value, makepath=True)
    return True


def call(dcs, method, args):
    if method == 'view':
        return cluster(load(dcs))
    if method == 'put_bytes':
        return put_bytes(dcs, args[0], base64.b64decode(args[1]))
    # As the loop does it that saw the cluster a moment ago: with what `view` gave last.
    if method == 'renew_seen':
        return bool(dcs.update_leader(dcs.cluster, args[0]))
    if method == 'watch_seen':
        return dcs.watch(dcs.cluster.leader.version, args[0])
    if method in ('set_config_value', 'set_history_value'):
        args = [compact(args[0])]
    if method == 'manual_failover' and len(args) > 2:
        args[2] = args[2] and isoparse(args[2])
    if method == 'update_leader':
        seen = load(dcs)
        args = args if IS_3 else [seen] + args
    if method == 'delete_leader':
        seen = load(dcs)
        args = args if IS_3 else [seen.leader] + args
    if method == 'write_sync_state' and IS_3:
        args = args[:2]
    if method == 'write_status' and IS_3:
        args[0].pop('retain_slots', None)
    if method == 'acquire_leader_lock' and IS_3:
        method = 'attempt_to_acquire_leader'
    if method == 'delete_sync_state':
        args = [load(dcs).sync.index if IS_3 else load(dcs).sync.version]
    answer = getattr(dcs, method)(*args)
    if method == 'write_sync_state':
        return answer is not None
    # What is written only when it differs tells nothing; etcd's class gives the reply, none or an empty one when it was refused.
    return bool(answer) or (answer is None and method in QUIET)


def patronictl(order):
    """The command itself, in this process: its start would take longer than its work."""
    answer = CliRunner(mix_stderr=False).invoke(ctl, ['-c', order['config']] + order['args'], input=order['input'], env=order['env'])
    if answer.exception and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return {'code': answer.exit_code, 'stdout': answer.stdout, 'stderr': answer.stderr}


def main():
    logging.basicConfig(stream=sys.stderr, level=os.environ.get('TENURE_INTEROP_LOG', 'WARNING'))
    opened = {}
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if 'open' in order:
                opened[order['dcs']] = opened_dcs(order['open'])
                answer = {'value': True}
            elif 'config' in order:
                answer = {'value': patronictl(order)}
            else:
                answer = {'value': call(opened[order['dcs']], order['method'], order['args'])}
        except Exception as error:
            answer = {'error': '{0}: {1}'.format(type(error).__name__, error)}
        sys.stdout.write(json.dumps(answer) + '\n')
        sys.stdout.flush()
    # Its threads would wait for a store that may be gone.
    os._exit(0)


main()
