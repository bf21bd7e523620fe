{{/*
The Deployment of a role.
context: the chart's root; role; values: the role's values; env: its own environment; secrets: list of
{name, secret} mounted at /run/secrets/NAME; port, portName: what it serves; strategy; checksum. /data ends with the pod.
*/}}
{{- define "stock.deployment" -}}
{{- $global := .context.Values.global -}}
{{- $autoscaling := .values.autoscaling | default (dict "enabled" false) -}}
{{- $secrets := .secrets | default list -}}
{{- if $global.kafka.saslMechanism }}{{ $secrets = append $secrets (dict "name" "kafka" "secret" (include "stock.kafkaSecret" .)) }}{{ end -}}
{{- with $global.kafka.caSecret }}{{ $secrets = append $secrets (dict "name" "kafka-ca" "secret" .) }}{{ end -}}
{{- if include "stock.sealing" . }}{{ $secrets = append $secrets (dict "name" "log" "secret" $global.logSecret.existingSecret) }}{{ end -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .role }}
  namespace: {{ include "stock.namespace" .context }}
  labels: {{- include "stock.labels" . | nindent 4 }}
spec:
  {{- if not $autoscaling.enabled }}
  replicas: {{ .values.replicaCount }}
  {{- end }}
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 300
  strategy: {{- .strategy | default (dict "type" "RollingUpdate" "rollingUpdate" (dict "maxSurge" 1 "maxUnavailable" 0)) | toYaml | nindent 4 }}
  selector:
    matchLabels: {{- include "stock.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "stock.labels" . | nindent 8 }}
        {{- with $global.podLabels }}{{ toYaml . | nindent 8 }}{{ end }}
      annotations:
        checksum/configuration: {{ .checksum | default "" | sha256sum }}
        {{- if not $global.monitoring.serviceMonitor }}
        prometheus.io/scrape: "true"
        prometheus.io/port: {{ .port | quote }}
        {{- end }}
        {{- with $global.podAnnotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      serviceAccountName: {{ .role }}
      automountServiceAccountToken: false
      # Services of the namespace would show up as variables, and an unknown TICKBELL_ variable is an error.
      enableServiceLinks: false
      {{- with $global.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      # The batch in hand is finished and committed, then the group is left.
      terminationGracePeriodSeconds: {{ $global.terminationGracePeriodSeconds }}
      securityContext: {{- include "stock.podSecurity" . | nindent 8 }}
      {{- with $global.image.pullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      # Pods of one version: those of the former one are about to go. Over zones by a constraint, over nodes by affinity: the scheduler
      # passes over every constraint of a pod on nodes that lack one of their labels, and nodes outside a cloud have no zone.
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: ScheduleAnyway
          matchLabelKeys: [pod-template-hash]
          labelSelector: &own
            matchLabels: {{- include "stock.selector" . | nindent 14 }}
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 100
              podAffinityTerm:
                topologyKey: kubernetes.io/hostname
                matchLabelKeys: [pod-template-hash]
                labelSelector: *own
      {{- with .values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      # The default is five minutes before a lost node's pods are made anew elsewhere. A node is unreachable when nothing was heard of
      # it for 50 s, which is enough; one that says itself that it is not ready may be back in a moment.
      tolerations:
        - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 0}
        - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 15}
        {{- with .values.tolerations }}{{ toYaml . | nindent 8 }}{{ end }}
      containers:
        - name: {{ .role }}
          image: {{ include "stock.image" . | quote }}
          imagePullPolicy: {{ $global.image.pullPolicy }}
          args: [{{ .role }}]
          env:
            {{- include "stock.environment" . | nindent 12 }}
          ports:
            - {name: {{ .portName | default "metrics" }}, containerPort: {{ .port }}, protocol: TCP}
          startupProbe:
            httpGet: {path: /healthz, port: {{ .portName | default "metrics" }}}
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /healthz, port: {{ .portName | default "metrics" }}}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: /readyz, port: {{ .portName | default "metrics" }}}
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: 3
          resources: {{- toYaml .values.resources | nindent 12 }}
          securityContext: {{- include "stock.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - {name: data, mountPath: /data}
            - {name: tmp, mountPath: /tmp}
            {{- range $secrets }}
            - {name: secret-{{ .name }}, mountPath: /run/secrets/{{ .name }}, readOnly: true}
            {{- end }}
      volumes:
        - name: data
          emptyDir: {sizeLimit: 256Mi}
        - name: tmp
          emptyDir: {sizeLimit: 64Mi}
        {{- range $secrets }}
        - name: secret-{{ .name }}
          secret: {secretName: {{ .secret }}, defaultMode: 0440}
        {{- end }}
{{- end }}

{{- define "stock.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .role }}
  namespace: {{ include "stock.namespace" .context }}
  labels: {{- include "stock.labels" . | nindent 4 }}
automountServiceAccountToken: false
{{- end }}

{{- define "stock.podDisruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .role }}
  namespace: {{ include "stock.namespace" .context }}
  labels: {{- include "stock.labels" . | nindent 4 }}
spec:
  # One at a time. A single pod may go too: what it leaves is taken up from the log.
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "stock.selector" . | nindent 6 }}
{{- end }}

{{/* Scaling by lag: context, role, values, topics: all that the role's group reads. */}}
{{- define "stock.maxReplicas" -}}
{{- $partitions := int .context.Values.global.partitions -}}
{{- $least := int .values.autoscaling.minReplicas -}}
{{- $most := int .values.autoscaling.maxReplicas | default $partitions -}}
{{- if gt $most $partitions }}{{ fail (printf "%s.autoscaling.maxReplicas is %d, but there are %d partitions: the pods above that would idle" .role $most $partitions) }}{{ end -}}
{{- if gt $least $most }}{{ fail (printf "%s.autoscaling.minReplicas is %d, but %d pods are the most" .role $least $most) }}{{ end -}}
{{ $most }}
{{- end }}

{{- define "stock.autoscaler" -}}
{{- $global := .context.Values.global -}}
{{- if eq .values.autoscaling.provider "keda" -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ .role }}
  namespace: {{ include "stock.namespace" .context }}
  labels: {{- include "stock.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {name: {{ .role }}}
  minReplicaCount: {{ .values.autoscaling.minReplicas }}
  maxReplicaCount: {{ include "stock.maxReplicas" . }}
  pollingInterval: 15
  # A rebalance costs a moment: pods go slowly.
  cooldownPeriod: 300
  triggers:
    {{- range .topics }}
    - type: kafka
      metadata:
        bootstrapServers: {{ include "stock.brokers" $.context | quote }}
        consumerGroup: {{ $global.groupPrefix }}{{ $.role }}
        topic: {{ . | quote }}
        lagThreshold: {{ include "stock.text" $.values.autoscaling.lagPerReplica | quote }}
        allowIdleConsumers: "false"
        offsetResetPolicy: latest
        {{- if $global.kafka.tls }}
        tls: enable
        {{- end }}
        {{- with $global.kafka.saslMechanism }}
        sasl: {{ get (dict "PLAIN" "plaintext" "SCRAM-SHA-256" "scram_sha256" "SCRAM-SHA-512" "scram_sha512") . }}
        {{- end }}
      {{- if or $global.kafka.caSecret $global.kafka.saslMechanism }}
      authenticationRef: {name: kafka-{{ $.role }}}
      {{- end }}
    {{- end }}
{{- if or $global.kafka.caSecret $global.kafka.saslMechanism }}
---
# KEDA reads the lag as the role itself: it may see its own group and topics.
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  name: kafka-{{ .role }}
  namespace: {{ include "stock.namespace" .context }}
  labels: {{- include "stock.labels" . | nindent 4 }}
spec:
  secretTargetRef:
    {{- if $global.kafka.saslMechanism }}
    {{- $secret := include "stock.kafkaSecret" . }}
    - {parameter: username, name: {{ $secret }}, key: username}
    - {parameter: password, name: {{ $secret }}, key: password}
    {{- end }}
    {{- with $global.kafka.caSecret }}
    - {parameter: ca, name: {{ . }}, key: ca.crt}
    {{- end }}
{{- end }}
{{- else -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .role }}
  namespace: {{ include "stock.namespace" .context }}
  labels: {{- include "stock.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ .role }}}
  minReplicas: {{ .values.autoscaling.minReplicas }}
  maxReplicas: {{ include "stock.maxReplicas" . }}
  behavior:
    scaleDown: {stabilizationWindowSeconds: 300}
  metrics:
    - type: External
      external:
        metric:
          name: tickbell_{{ .role }}_lag_records
          selector:
            matchLabels: {namespace: {{ include "stock.namespace" .context }}}
        target: {type: AverageValue, averageValue: {{ include "stock.text" .values.autoscaling.lagPerReplica | quote }}}
{{- end }}
{{- end }}
