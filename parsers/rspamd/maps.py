"""rspamd's maps: lists that it reads from files and web servers."""

from parsers.rspamd import DAEMONS, TAG
from parsers.shapes import Shape

_MAP = "rspamd src/libserver/maps/map.c"
_IN_MAP = TAG + "map; {:name}: "

SHAPES = (
    Shape(
        event="rspamd.map_read",
        daemons=DAEMONS,
        template=(
            _IN_MAP + "read {detail:=hash|radix trie} of {item_count} elements[ from][:] "
            "{file_name:rest}",
            _IN_MAP + "read {detail:=regexp list} of {item_count} elements",
            _IN_MAP + "read {detail:=cdb} of {:float} size",
            _IN_MAP + "{file_name:text}({relay_address:text}): read map data {size_bytes} bytes"
            "[ {:word}][,] {detail}",
            _IN_MAP + "{file_name:word}: read map data[ cached][,] {size_bytes} bytes"
            "[ ({:text})][ {detail}]",
            _IN_MAP + "{file_name:word}: read cached file {detail}",
            _IN_MAP + "read cached data for {file_name:text} from {detail}",
        ),
        samples=(
            (
                "<6cb1fe>; map; rspamd_kv_list_fin: read hash of 1197 elements from "
                "/etc/rspamd/maps.d/dmarc_whitelist.inc"
            ),
            "<6cb1fe>; map; rspamd_regexp_list_fin: read regexp list of 77 elements",
            "<6cb1fe>; map; rspamd_cdb_list_fin: read cdb of 1024 size",
            "<6cb1fe>; map; read_map_file: /etc/rspamd/maps.d/mid.inc: read map data, 1106 bytes",
            (
                "<6cb1fe>; map; http_map_finish: "
                "https://maps.example.org/freemail.txt.zst(192.0.2.80:443): read map data 12345 "
                "bytes compressed, 54321 uncompressed, next check at Tue, 24 Nov 2026 05:37:12 GMT"
            ),
            (
                "<6cb1fe>; map; rspamd_map_read_http_cached_file: "
                "https://maps.example.org/freemail.txt.zst: read cached file /var/lib/rspamd/x.map,"
                " 1024 bytes (offset 88)"
            ),
            (
                "<6cb1fe>; map; rspamd_map_read_http_cached_file: read cached data for "
                "https://maps.example.org/surbl.inc from /var/lib/rspamd/x.map, 1024 bytes; next "
                "check at: Tue, 24 Nov 2026 05:37:12 GMT; last modified on: x; etag: y"
            ),
        ),
        source=_MAP,
    ),
    Shape(
        event="rspamd.map_unchanged",
        daemons=DAEMONS,
        template=_IN_MAP + "data is not modified for server {relay_host:text}[ ({file_name})], "
        "next check at {detail}",
        samples=(
            (
                "<6cb1fe>; map; http_map_finish: data is not modified for server maps.example.org, "
                "next check at Tue, 24 Nov 2026 05:37:12 GMT (http cache based: x)"
            ),
        ),
        source=_MAP,
    ),
    Shape(
        event="rspamd.map_refreshed",
        daemons=DAEMONS,
        template=_IN_MAP + "{action:=rereading map file|rereading static map|"
        "need to reread map from|need to reread cached map triggered by|added map|saved data from|"
        "old mtime is|stored map data in a shared memory cache:|cached data|loaded hyperscan "
        "database from|written cached hyperscan data for|compiled hyperscan database for|regexp "
        "map|added regexp map|updated pending regexp map|triggering hyperscan compilation|"
        "verified signature for|upgraded legacy cache file|old version cache file|expires header|"
        "no expires but|no cache validation|invalid expires header:|disable hyperscan for map|"
        "skip the hyperscan database}[ {detail}]",
        samples=(
            (
                "<6cb1fe>; map; rspamd_map_file_check_callback: rereading map file "
                "/etc/rspamd/maps.d/mid.inc"
            ),
        ),
        source=_MAP,
    ),
    Shape(
        event="rspamd.map_failed",
        daemons=DAEMONS,
        template=(
            _IN_MAP + "cannot load map {file_name:word} from {relay_host:word}: HTTP error "
            "{reply_code}",
            _IN_MAP + "error reading {file_name:text}({relay_address:text}): {reason}",
            _IN_MAP + "cannot connect to {relay_address:text} to get data for {file_name:word}: "
            "{reason:rest}",
            _IN_MAP + "can't {action:=open map|read from map|verify signature for|open signature|"
            "open signature for|open pubkey|load pubkey|open map for buffered reading|seek in "
            "map} {file_name:text}: {reason}",
            _IN_MAP + "{file_name:word}: {reason:=map file is not found;|"
            "map file is unavailable for reading:|cannot decompress data:|cannot decrypt data:|"
            "failed to save cache file|bad callback for reading map file|cache file|passing|"
            "secretbox|connection with http server}[ {detail}]",
            _IN_MAP + "{reason:=cannot resolve|cannot load map:|cannot lock file|cannot open|"
            "cannot parse regexp|cannot read|cannot rename|cannot stat|cannot update file|cannot "
            "write|cannot init cdb map|cannot insert NULL value|cannot allocate scratch|cannot "
            "compile hyperscan|cannot serialize hyperscan|cannot deserialize hyperscan|cannot "
            "populate hyperscan|cannot load hyperscan|duplicate hash entry|duplicate radix entry|"
            "duplicate re entry|empty or invalid key|invalid magic|regexp map is empty|pubkey "
            "loaded from|preload of|cleanup unfinished new data|etag|redefining fallback backend|"
            "failed to load regexp map|legacy cache file}[ {detail}]",
        ),
        samples=(
            (
                "<6cb1fe>; map; http_map_finish: cannot load map https://maps.example.org/x.inc "
                "from maps.example.org: HTTP error 503"
            ),
            (
                "<6cb1fe>; map; http_map_error: error reading "
                "https://maps.example.org/x.inc(192.0.2.80:443): connection with http server "
                "terminated incorrectly: Socket error detected: Connection refused"
            ),
            (
                "<6cb1fe>; map; http_map_error: cannot connect to 192.0.2.80:443 to get data for "
                "https://maps.example.org/x.inc: timed out, retry with 192.0.2.81:443 (1 of 3)"
            ),
            (
                "<6cb1fe>; map; read_map_file: can't open map /etc/rspamd/local.d/x.map: "
                "Permission denied"
            ),
            (
                "<6cb1fe>; map; read_map_file: /etc/rspamd/local.d/x.map: map file is not found; "
                "it will be read automatically if created"
            ),
            "<6cb1fe>; map; rspamd_map_dns_callback: cannot resolve maps.example.org: server fail",
        ),
        source=_MAP,
    ),
)
