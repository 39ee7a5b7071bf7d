#!/usr/bin/env bash
# A phone's report becomes a closed incident: a video, a silent and a voice report, from both sides, with curl,
# a WebSocket client and ffmpeg. Run `make run` in another terminal first.
#
#   examples/emergency.sh [BASE_URL [DEMO_JSON]]
#
# KINDS="video" runs one kind only; SECONDS_OF_MEDIA (10) is how long the phone records.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
base=${1:-http://127.0.0.1:8000}
demo=${2:-$here/../var/demo.json}
python=${PYTHON:-$here/../.venv/bin/python}
kinds=${KINDS:-"video silent voice"}
length=${SECONDS_OF_MEDIA:-10}
desk=130102000000
ws=${base/http/ws}
ffmpeg=${FFMPEG:-$(command -v ffmpeg || "$python" -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())' 2>/dev/null || true)}
[ -n "$ffmpeg" ] || { echo "ffmpeg is needed: install it, or name it in FFMPEG" >&2; exit 1; }
[ -r "$demo" ] || { echo "no demo logins at $demo: is 'make run' up?" >&2; exit 1; }

work=$(mktemp -d)
children=()
end() { for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done; rm -rf "$work"; }
trap end EXIT

kit() { "$python" "$here/kit.py" "$@"; }
say() { printf '\033[1m%s  %s\033[0m\n' "$(date +%H:%M:%S)" "$*" >&2; }
uuid() { "$python" -c 'import uuid; print(uuid.uuid4())'; }

# call WHO METHOD PATH [JSON]: the answer's body; anything but success ends the script with the problem shown.
call() {
    local token=${1:+$(cat "$work/$1.token")} method=$2 path=$3 body=${4:-}
    local options=(-sS -X "$method" -o "$work/answer" -w '%{http_code}')
    [ -n "$token" ] && options+=(-H "Authorization: Bearer $token")
    [ -n "$body" ] && options+=(-H 'Content-Type: application/json' --data "$body")
    local status
    status=$(curl "${options[@]}" "$base/api/v1$path")
    case $status in 2*) cat "$work/answer" ;; *)
        echo "$method $path answered $status: $(cat "$work/answer")" >&2
        exit 1 ;;
    esac
}

sign_in_citizen() {
    local challenge
    challenge=$(call "" POST /auth/codes "{\"phone\": \"$1\"}" | kit get challenge_id)
    call "" POST /auth/tokens "{\"challenge_id\": \"$challenge\", \"code\": \"110110\", \"device\": {\"name\": \"示例手机\", \"platform\": \"android\", \"app_version\": \"1.0\"}}" \
        | kit get token > "$work/fang.token"
}

sign_in_staff() {  # NAME USERNAME
    local code
    code=$(kit otp "$(kit staff "$demo" "$2" totp_secret)")
    call "" POST /auth/staff-tokens "{\"username\": \"$2\", \"password\": \"$(kit staff "$demo" "$2" password)\", \"otp\": \"$code\"}" \
        | kit get token > "$work/$1.token"
}

listen() {  # WHO PATH FILE
    TOKEN=$(cat "$work/$1.token") "$python" "$here/kit.py" listen "$ws/ws/$2" "$work/$3" &
    children+=($!)
    kit wait "$work/$3" '"hello"' 10 > /dev/null
}

# What the phone's encoder sends: real H.264 and AAC in one-second fragments, each PUT as it is made.
push() {  # URL MEDIA
    local inputs=(-re -f lavfi -i "sine=frequency=440") codecs=(-c:a aac)
    if [ "$2" = video ]; then
        inputs=(-re -f lavfi -i "testsrc2=size=640x360:rate=25" "${inputs[@]}")
        codecs+=(-c:v libx264 -preset ultrafast -tune zerolatency -g 25 -pix_fmt yuv420p)
    fi
    "$ffmpeg" -hide_banner -loglevel error "${inputs[@]}" "${codecs[@]}" -t "$length" \
        -f hls -hls_time 1 -hls_segment_type fmp4 -hls_playlist_type event -method PUT -http_persistent 1 "$1/index.m3u8"
}

keep_sending_positions() {  # REPORT
    local n
    for n in $(seq 1 "$length"); do
        call fang POST "/reports/$1/fixes" "{\"fixes\": [{\"lon\": 114.54$((80 + n % 20)), \"lat\": 38.048, \"coord_type\": \"wgs84\", \"accuracy_m\": 12, \"provider\": \"gps\", \"seq\": $n, \"fix_time\": \"$(date -u +%FT%TZ)\"}]}" > /dev/null
        sleep 1
    done
}

watch_it() {  # RECORDING: play the live list from its beginning, as the dispatcher's screen does
    local playlist tries
    playlist=$(call dispatcher POST "/recordings/$1/playback" '{"reason": "接警"}' | kit get playlist_url)
    for tries in $(seq 1 40); do
        curl -sS "$playlist" | grep -q '^#EXTINF' && break
        sleep 0.25
    done
    say "the live list has its first segment after $((tries * 250)) ms of asking"
    "$ffmpeg" -hide_banner -loglevel error -live_start_index 0 -i "$playlist" -t 3 -f null - && say "three seconds of it were played while it was recorded"
}

one_report() {  # KIND
    local kind=$1 position answer report number incident line order unit recording ingest pusher phone begun
    say "── $kind ──"
    position='{"lon": 114.548, "lat": 38.048, "coord_type": "wgs84", "accuracy_m": 15, "provider": "gps"}'
    begun=$(date +%s%3N)
    answer=$(call fang POST /reports "{\"client_uuid\": \"$(uuid)\", \"kind\": \"$kind\", \"position\": $position, \"description\": \"有人砸门\", \"quick_codes\": [], \"reported_at\": \"$(date -u +%FT%TZ)\", \"battery_pct\": 64, \"network\": \"5g\", \"app_version\": \"1.0\"}")
    report=$(kit get id <<< "$answer")
    number=$(kit get number <<< "$answer")
    say "王芳's report is $number, answered after $(($(date +%s%3N) - begun)) ms"
    line=$(kit wait "$work/desk.frames" "$number" 5)
    incident=$("$python" -c 'import json,sys; print(json.loads(sys.argv[1].split(" ", 1)[1])["data"]["incident_id"])' "$line")
    say "the county's desk saw it on its socket at ${line%% *} UTC"
    listen fang "reports/$report?after=0" "$kind.fang"
    listen dispatcher "incidents/$incident?after=0" "$kind.police"

    pusher="" phone=""
    keep_sending_positions "$report" & phone=$!
    recording=""
    if [ "$kind" != silent ]; then
        local media=video
        [ "$kind" = voice ] && media=audio
        answer=$(call fang POST "/reports/$report/recordings" "{\"client_uuid\": \"$(uuid)\", \"media\": \"$media\", \"started_at\": \"$(date -u +%FT%TZ)\"}")
        recording=$(kit get id <<< "$answer")
        ingest=$(kit get secret_ingest_url <<< "$answer")
        push "$ingest" "$media" & pusher=$!
    fi

    call dispatcher POST "/incidents/$incident/claim" '{}' > /dev/null
    say "claimed"
    call dispatcher POST "/incidents/$incident/heartbeat" '{}' > /dev/null
    call dispatcher POST "/incidents/$incident/messages" "{\"client_uuid\": \"$(uuid)\", \"text\": \"我们看到了，不用出声。有人受伤吗？\"}" > /dev/null
    call fang GET "/reports/$report/messages" > /dev/null
    call fang POST "/reports/$report/messages" "{\"client_uuid\": \"$(uuid)\", \"text\": \"没有。两个人，在门外。\"}" > /dev/null
    call dispatcher GET "/incidents/$incident/messages" > /dev/null
    [ -n "$recording" ] && watch_it "$recording"

    call dispatcher POST "/incidents/$incident/accept" "{\"class_code\": \"$class_code\", \"level\": $level, \"address\": \"长安区建北街道某小区 3 号楼\", \"agency_code\": \"$desk\", \"summary\": \"两名男子砸门\"}" > /dev/null
    unit=$(kit staff "$demo" 130102-patrol-1 unit_id)
    order=$(call dispatcher POST "/incidents/$incident/orders" "{\"client_uuid\": \"$(uuid)\", \"unit_id\": \"$unit\", \"instruction\": \"立即前往，注意现场有两人\", \"confirm_busy\": true}" | kit get id)
    say "order issued"
    for deed in sign depart arrive "done"; do
        call patrol POST "/orders/$order/$deed" '{}' > /dev/null
        say "patrol: $deed"
    done
    [ -n "$pusher" ] && { wait "$pusher" || say "ffmpeg ended with an error"; }
    wait "$phone" || true
    call patrol POST "/orders/$order/feedback" "{\"result_code\": \"$result_code\", \"class_code\": \"$class_code\", \"summary\": \"两人已带回派出所\"}" > /dev/null
    call dispatcher POST "/incidents/$incident/close" '{"summary": "已处置"}' > /dev/null
    call dispatcher POST "/incidents/$incident/archive" '{}' > /dev/null
    kit wait "$work/$kind.police" incident.archived 5 > /dev/null
    kit wait "$work/$kind.fang" '"closed"' 5 > /dev/null

    printf '\n王芳 saw (report %s):\n' "$number"
    kit timeline "$work/$kind.fang"
    printf '\nThe police saw on the socket:\n'
    kit timeline "$work/$kind.police"
    printf '\nThe incident'"'"'s timeline on the record:\n'
    call dispatcher GET "/incidents/$incident/timeline" | "$python" -c '
import json, sys
for row in json.load(sys.stdin)["results"]:
    print("  %s  %-26s %-28s %s → %s  %s" % (row["at"][11:23], row["deed"], row["who"]["name"], row["from"] or "·", row["to"] or "·", row["why"]))'
    echo
}

say "signing in: 王芳, the dispatcher and a patrol of 长安区"
sign_in_citizen "$("$python" -c 'import json,sys; print(json.load(open(sys.argv[1]))["citizens"][0]["phone"])' "$demo")"
sign_in_staff dispatcher 130102-dispatcher
sign_in_staff patrol 130102-patrol-1
classes=$(call dispatcher GET /incident-classes)
class_code=$(kit get results.0.code <<< "$classes")
result_code=$(kit get result_codes.0.code <<< "$classes")
level=$(kit get levels.0.level <<< "$classes")
listen dispatcher "agencies/$desk" desk.frames
for kind in $kinds; do one_report "$kind"; done
say "all reports became closed incidents"
