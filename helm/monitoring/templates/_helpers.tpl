{{- define "monitoring.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
app.kubernetes.io/part-of: tickbell
app.kubernetes.io/managed-by: {{ .context.Release.Service }}
{{- end }}

{{- define "monitoring.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
{{- end }}

{{- define "monitoring.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Whether somebody is called. */}}
{{- define "monitoring.pages" -}}
{{- with .Values.alertmanager }}{{ if or .snsTopic .slackSecret .webhooks }}yes{{ end }}{{ end -}}
{{- end }}
