{{/* Helpers of every chart here. "context" is a chart's root ($) or anything with .Values.global, .Release and .Chart. */}}

{{- define "stock.namespace" -}}
{{ .Values.global.namespace | default .Release.Namespace }}
{{- end }}

{{/* Labels that select the pods of a role: they never change. */}}
{{- define "stock.selector" -}}
app.kubernetes.io/name: {{ .role }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
{{- end }}

{{- define "stock.labels" -}}
{{ include "stock.selector" . }}
app.kubernetes.io/part-of: tickbell
app.kubernetes.io/component: {{ .role }}
app.kubernetes.io/version: {{ include "stock.tag" .context | quote }}
app.kubernetes.io/managed-by: {{ .context.Release.Service }}
helm.sh/chart: stock_app-{{ .context.Chart.Version }}
{{- end }}

{{- define "stock.tag" -}}
{{- $tag := .Values.global.image.tag | default .Chart.AppVersion -}}
{{- if eq $tag "latest" }}{{ fail "global.image.tag must be a commit, never latest: a rollback would not know what to go back to" }}{{ end -}}
{{ $tag }}
{{- end }}

{{/* The original's image name: ECRNUMBER.dkr.ecr.REGION.amazonaws.com/stock/ROLE */}}
{{- define "stock.image" -}}
{{- $global := .context.Values.global -}}
{{- $registry := $global.image.registry -}}
{{- if and (not $registry) $global.ecrNumber }}{{ $registry = printf "%s.dkr.ecr.%s.amazonaws.com" (include "stock.account" $global.ecrNumber) $global.region }}{{ end -}}
{{ if $registry }}{{ $registry }}/{{ end }}stock/{{ .role }}:{{ include "stock.tag" .context }}
{{- end }}

{{/* An account number that YAML took for a number: twelve digits, zeros in front kept. */}}
{{- define "stock.account" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ printf "%012d" (int64 .) }}{{ end }}
{{- end }}

{{- define "stock.brokers" -}}
{{- $brokers := .Values.global.kafka_broker_address -}}
{{- if kindIs "slice" $brokers }}{{ $brokers = join "," $brokers }}{{ end -}}
{{ required "global.kafka_broker_address is needed: host:port of the brokers, separated by commas" $brokers }}
{{- end }}

{{/*
A symbol as six characters. YAML reads an unquoted 005930 as the number 5930 (the original's "5930.0"), but an unquoted
000270 as an octal number, 184. Common stocks end in 0: when just one reading does, that is the one; else quotes are asked for.
*/}}
{{- define "stock.symbol" -}}
{{- $text := regexReplaceAll "\\.0+$" (toString .) "" -}}
{{- if and (kindIs "string" .) (eq (len $text) 6) -}}
{{ $text }}
{{- else if not (regexMatch "^[0-9]{1,6}$" $text) -}}
{{ fail (printf "producer.stockCode must be six characters such as \"005930\", got %q" (toString .)) }}
{{- else if kindIs "string" . -}}
{{ printf "%06d" (int64 (trimPrefix "0" $text | trimPrefix "0" | trimPrefix "0" | trimPrefix "0" | trimPrefix "0" | default "0")) }}
{{- else -}}
{{- $decimal := printf "%06d" (int64 .) -}}
{{- $octal := printf "%06o" (int64 .) -}}
{{- $mayBeOctal := and (eq (len $octal) 6) (hasPrefix "0" $octal) -}}
{{- $mayBeDecimal := or (not (hasPrefix "0" $decimal)) (regexMatch "[89]" $decimal) -}}
{{- if and $mayBeOctal $mayBeDecimal (eq (hasSuffix "0" $octal) (hasSuffix "0" $decimal)) -}}
{{ fail (printf "producer.stockCode was written without quotes and YAML made %s of it: %s or %s? Write it in quotes." $text $decimal $octal) }}
{{- else if and $mayBeOctal (or (not $mayBeDecimal) (hasSuffix "0" $octal)) -}}
{{ $octal }}
{{- else -}}
{{ $decimal }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* A value as text: a number of a values file is a float, and a float of a million would be "1e+06". */}}
{{- define "stock.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}{{ printf "%.0f" . }}{{ else }}{{ toString . }}{{ end -}}
{{- end }}

{{/* The environment of every role. */}}
{{- define "stock.commonEnv" -}}
{{- $global := .context.Values.global }}
- {name: DENO_USE_CGROUPS, value: "1"}
- {name: TICKBELL_HOST, value: "0.0.0.0"}
- {name: TICKBELL_METRICS_HOST, value: "0.0.0.0"}
- {name: TICKBELL_METRICS_PORT, value: "9464"}
- {name: TICKBELL_LOG_LEVEL, value: {{ $global.logLevel | quote }}}
- {name: TICKBELL_LOG_FORMAT, value: json}
- {name: TICKBELL_DATA_DIR, value: /data}
- {name: TICKBELL_BROKERS, value: {{ include "stock.brokers" .context | quote }}}
- {name: TICKBELL_GROUP_PREFIX, value: {{ $global.groupPrefix | quote }}}
- {name: TICKBELL_TOPIC_TRADES, value: {{ $global.CONCLUSION_TOPIC | quote }}}
- {name: TICKBELL_TOPIC_QUOTES, value: {{ $global.HOKA_TOPIC | quote }}}
{{- /* A subchart does not see stream: the producer has no use for alerts. */}}
{{- with .context.Values.stream }}
- {name: TICKBELL_TOPIC_ALERTS, value: {{ .destinationTopic | quote }}}
{{- end }}
{{- range $topic, $name := omit $global.topics "create" }}
- {name: TICKBELL_TOPIC_{{ upper $topic }}, value: {{ $name | quote }}}
{{- end }}
- {name: TICKBELL_PARTITIONS, value: {{ $global.partitions | quote }}}
- {name: TICKBELL_REPLICATION_FACTOR, value: {{ $global.replicationFactor | quote }}}
- {name: TICKBELL_MIN_INSYNC_REPLICAS, value: {{ $global.minInsyncReplicas | quote }}}
{{- with $global.kafka.hosts }}
- {name: TICKBELL_KAFKA_HOSTS, value: {{ join "," . | quote }}}
{{- end }}
{{- if $global.kafka.tls }}
- {name: TICKBELL_KAFKA_TLS, value: "true"}
{{- end }}
{{- if $global.kafka.caSecret }}
- {name: TICKBELL_KAFKA_CA_FILE, value: /run/secrets/kafka-ca/ca.crt}
{{- end }}
{{- if $global.kafka.saslMechanism }}
- {name: TICKBELL_KAFKA_SASL_MECHANISM, value: {{ $global.kafka.saslMechanism | quote }}}
- name: TICKBELL_KAFKA_SASL_USERNAME
  valueFrom:
    secretKeyRef: {name: {{ include "stock.kafkaSecret" . }}, key: username}
- {name: TICKBELL_KAFKA_SASL_PASSWORD_FILE, value: /run/secrets/kafka/password}
{{- end }}
{{- if include "stock.sealing" . }}
- {name: TICKBELL_LOG_SECRET_FILE, value: /run/secrets/log/secret}
{{- if $global.logSecret.acceptUnsealed }}
- {name: TICKBELL_ACCEPT_UNSEALED, value: "true"}
{{- end }}
{{- end }}
{{- end }}

{{/* The Secret a role signs in to the brokers with: its own, or everybody's. */}}
{{- define "stock.kafkaSecret" -}}
{{- $kafka := .context.Values.global.kafka -}}
{{ get $kafka.roleSecrets .role | default $kafka.existingSecret | required "global.kafka.existingSecret is needed with SASL" }}
{{- end }}

{{/* Whether a role makes and believes seals. */}}
{{- define "stock.sealing" -}}
{{- if and .context.Values.global.logSecret.existingSecret (has .role (list "stream" "notifier" "control")) }}yes{{ end -}}
{{- end }}

{{/* Settings given as TICKBELL_NAME: value, the role's over everybody's. */}}
{{- define "stock.settings" -}}
{{- mergeOverwrite (deepCopy (.context.Values.global.settings | default dict)) (.values.settings | default dict) | toYaml -}}
{{- end }}

{{/*
The environment of a container: what every role has, env (a list), and the settings in place of either. A name stands once:
Kubernetes takes no list that has one twice. What probes, volumes, scalers or policies count on too has a value of its own.
*/}}
{{- define "stock.environment" -}}
{{- $settings := include "stock.settings" . | fromYaml -}}
{{- $owned := dict "BROKERS" "global.kafka_broker_address" "GROUP_PREFIX" "global.groupPrefix" "PARTITIONS" "global.partitions" "TOPIC_TRADES" "global.CONCLUSION_TOPIC" "TOPIC_QUOTES" "global.HOKA_TOPIC" "TOPIC_ALERTS" "stream.destinationTopic" -}}
{{- range list "HOST" "PORT" "METRICS_HOST" "METRICS_PORT" "DATA_DIR" }}{{ $_ := set $owned . "the chart itself, whose probes and volumes count on it" }}{{ end -}}
{{- range $name, $place := $owned }}{{ if hasKey $settings (printf "TICKBELL_%s" $name) }}{{ fail (printf "TICKBELL_%s cannot be one of settings: it is set by %s" $name $place) }}{{ end }}{{ end -}}
{{- range concat (include "stock.commonEnv" . | fromYamlArray) (.env | default list) }}
{{- if not (hasKey $settings .name) }}
- {{ toJson . }}
{{- end }}
{{- end }}
{{- range $name, $value := $settings }}
- {name: {{ $name }}, value: {{ include "stock.text" $value | quote }}}
{{- end }}
{{- end }}

{{- define "stock.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "stock.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* How mails leave: as said, else SES when there is a sender, else files. */}}
{{- define "stock.mail" -}}
{{ .Values.notifier.mail | default (ternary "ses" "outbox" (ne .Values.notifier.mailFrom "")) }}
{{- end }}

{{/* The Secret of the API's first key. */}}
{{- define "stock.apiSecret" -}}
{{ .Values.control.existingSecret | default "control-api-key" }}
{{- end }}

{{/*
The original's rule as the control API takes it: JSON, or nothing when there is none. Its id comes from what it says, so the
same values never make a second one.
*/}}
{{- define "stock.bootstrapRule" -}}
{{- $stream := .Values.stream -}}
{{- if $stream.notiType -}}
{{- /* The words of the original's console, and those its users wrote in their values. */ -}}
{{- $kinds := dict "상/하한가" "price_limit" "등락률" "change_rate" "목표가" "target_price" "전일대비" "day_change" "fluctuation" "change_rate" "goal" "target_price" "compared_previous" "day_change" -}}
{{- $kind := get $kinds $stream.notiType | default $stream.notiType -}}
{{- if not (has $kind (values $kinds)) }}{{ fail (printf "stream.notiType must be 상/하한가, 등락률, 목표가 or 전일대비, got %q" $stream.notiType) }}{{ end -}}
{{- $symbol := include "stock.symbol" (required "stream.notiType needs producer.stockCode: the rule's symbol" .Values.producer.stockCode) -}}
{{- $recipients := $stream.recipients -}}
{{- /* The original's recipient stood in its Lambda, not in the values: such a file alone makes alerts, and mails to nobody. */ -}}
{{- if not $recipients }}{{ $recipients = list (.Values.notifier.mailFrom | default "nobody@tickbell.invalid") }}{{ end -}}
{{- $rule := dict "symbol" $symbol "kind" $kind "recipients" $recipients "note" "helm" -}}
{{- if eq $kind "price_limit" -}}
{{- $directions := dict "상한가" "up" "하한가" "down" -}}
{{- $rule = set $rule "direction" (get $directions ($stream.userCondition | default "") | default "either") -}}
{{- else -}}
{{- if not (regexMatch "^-?[0-9]+([.][0-9]+)?[|](초과|이상|미만|이하)$" ($stream.userCondition | default "")) }}{{ fail (printf "stream.userCondition must be a value and 초과, 이상, 미만 or 이하, such as \"53200|미만\", got %q" ($stream.userCondition | default "")) }}{{ end -}}
{{- $rule = set $rule "condition" $stream.userCondition -}}
{{- if hasPrefix "-" $stream.userCondition }}{{ $rule = set $rule "direction" "up" }}{{ end -}}
{{- end -}}
{{- set $rule "id" (printf "helm-%s-%s-%s" $symbol $kind (toJson $rule | sha256sum | trunc 8)) | toJson -}}
{{- end -}}
{{- end }}

{{/* The brokers' ports, a JSON list. */}}
{{- define "stock.brokerPorts" -}}
{{- $ports := list -}}
{{- range splitList "," (include "stock.brokers" .) }}{{ $ports = append $ports (int (last (splitList ":" .))) }}{{ end -}}
{{ $ports | uniq | toJson }}
{{- end }}

{{/* The port that an address leads to. */}}
{{- define "stock.port" -}}
{{- $url := urlParse . -}}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (get (dict "http" "80" "ws" "80" "smtp" "587" "smtps" "465") $url.scheme) | default "443" -}}
{{- end }}

{{/* The ports of the addresses that some of a role's settings name: context, values, names. A JSON list. */}}
{{- define "stock.settingPorts" -}}
{{- $settings := include "stock.settings" . | fromYaml -}}
{{- $ports := list -}}
{{- range .names }}{{ with get $settings (printf "TICKBELL_%s" .) }}{{ $ports = append $ports (include "stock.port" . | int) }}{{ end }}{{ end -}}
{{ $ports | toJson }}
{{- end }}

{{/* Ports of a NetworkPolicy, each once. */}}
{{- define "stock.portList" -}}
{{- $seen := list -}}
{{- range . }}{{ if not (has (int .) $seen) }}{{ $seen = append $seen (int .) }}
- {protocol: TCP, port: {{ int . }}}{{ end }}{{ end }}
{{- end }}
