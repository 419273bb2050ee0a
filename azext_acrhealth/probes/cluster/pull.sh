# Let nodes of a cluster pull images: create Jobs, watch their pods, print what the API server
# returns, and delete the Jobs whatever happens.
#
# Usage: sh pull.sh MARK SECONDS NAMESPACE TIME NAME...
#
# NAME.json is the manifest of a Job. MARK begins each line that begins a section of the output. Jobs
# that were created before TIME, in seconds since 1970, are left from runs that were killed.
set -f
export LC_ALL=C
mark=$1 seconds=$2 namespace=$3 time=$4
shift 4
names=$* # without blanks or patterns, so they can be split again
core=/api/v1/namespaces/$namespace
jobs=/apis/batch/v1/namespaces/$namespace/jobs
background=propagationPolicy=Background
started=$(date +%s)

call() {
  text=$(kubectl --request-timeout=10s "$@" 2>&1)
  status=$?
}

# The logs of a command are cut at 512 kB.
show() {
  printf '\n@@%s %s %s %s\n%.50000s\n' "$mark" "$1" "$2" "$status" "$text"
}

elapsed() {
  echo $(($(date +%s) - started))
}

get_pod() {
  call get --raw "$core/pods?labelSelector=job-name%3D$1&limit=1"
}

get_events() {
  call get --raw "$core/events?fieldSelector=involvedObject.name%3D$1&limit=20"
}

# Return whether the cluster refuses the pod of a Job.
is_refused() {
  get_events "$1"
  case $text in *'"reason":"FailedCreate"'*) return 0 ;; *) return 1 ;; esac
}

# Return whether nothing more is to come of the pod of a Job. The API server writes the fields of
# an object in their order, without blanks.
is_decided() {
  get_pod "$1"
  case $status$text in
    0*'"name":"pull","state":{"waiting":{"reason":"ContainerCreating"'*) return 1 ;;
    0*'"name":"pull","state":{"waiting":{"reason":"PodInitializing"'*) return 1 ;;
    0*'"name":"pull","state":{"'* | 0*'"phase":"Failed"'*) show pods "$1" ;;
    0*'"reason":"Unschedulable"'*) [ "$(elapsed)" -ge 20 ] ;;
    0*'"items":[]'*) is_refused "$1" ;;
    0*) return 1 ;;
    *'(Forbidden)'*) ;;
    *) return 1 ;;
  esac
}

finish() {
  trap '' TERM INT HUP
  for name in $names; do
    call delete --raw "$jobs/$name?$background"
    case $status$text in
      0* | *'(NotFound)'*) ;;
      *) sleep 1 && call delete --raw "$jobs/$name?$background" ;;
    esac
    text=${text%%'{'*} # an object that was deleted says nothing
    show deleted "$name"
  done
  printf '\n@@%s end\n' "$mark"
}

trap 'finish; exit 143' TERM INT HUP
leftovers=app.kubernetes.io/name%3Dacrhealth,app.kubernetes.io/component%3Dpull-test
call delete --raw "$jobs?labelSelector=$leftovers,acrhealth-created%3C$time&$background"

waiting=
for name in $names; do
  call create --raw "$jobs?fieldManager=acrhealth" -f "$name.json"
  [ "$status" -eq 0 ] && waiting="$waiting $name" && text=
  show created "$name"
done
created=$waiting
while [ -n "$waiting" ] && [ "$(elapsed)" -lt "$seconds" ]; do
  sleep 1
  pending=
  for name in $waiting; do
    is_decided "$name" || pending="$pending $name"
  done
  waiting=$pending
done
sleep 2 # events come later than the status that they explain
for name in $created; do
  get_pod "$name"
  show pods "$name"
  # The pod's name is the Job's, with a suffix. Without a pod, the events of the Job say why.
  suffix=${text#*'"name":"'"$name-"}
  suffix=${suffix%%'"'*}
  case $suffix in '' | *[!a-z0-9]*) get_events "$name" ;; *) get_events "$name-$suffix" ;; esac
  show events "$name"
done
finish
