{{/* Named templates of everything that watches the operator. */}}

{{- define "sim-operator.prometheusName" -}}
{{- include "sim-operator.fullname" . }}-prometheus
{{- end }}

{{- define "sim-operator.grafanaName" -}}
{{- include "sim-operator.fullname" . }}-grafana
{{- end }}

{{/* The Prometheus that the bundled Grafana asks. */}}
{{- define "sim-operator.prometheusURL" -}}
{{- if .Values.grafana.prometheusURL }}
{{- .Values.grafana.prometheusURL }}
{{- else if .Values.prometheus.enabled }}
{{- printf "http://%s.%s.svc:9090" (include "sim-operator.prometheusName" .) .Release.Namespace }}
{{- else }}
{{- fail "grafana.enabled is true and there is nothing to ask: set prometheus.enabled to true, or grafana.prometheusURL to a Prometheus of your own" }}
{{- end }}
{{- end }}

{{/* The components with metrics, and the names of their objects. Each has a port called metrics. */}}
{{- define "sim-operator.scraped" -}}
operator: {{ include "sim-operator.fullname" . }}
{{- if .Values.console.enabled }}
console: {{ include "sim-operator.consoleName" . }}
{{- end }}
{{- end }}

{{/* Annotations of a pod, for a Prometheus that finds its targets so. port: of its metrics. */}}
{{- define "sim-operator.scrapeAnnotations" -}}
{{- if .root.Values.metrics.scrapeAnnotations }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .port | quote }}
prometheus.io/path: /metrics
{{- end }}
{{- end }}

{{/*
What ServiceMonitor and PodMonitor have in common: an endpoint. monitor: its values.
Without honorLabels Prometheus calls the metrics' own label namespace exported_namespace.
*/}}
{{- define "sim-operator.scrapeEndpoint" -}}
port: metrics
path: /metrics
honorLabels: true
interval: {{ .interval }}
scrapeTimeout: {{ .scrapeTimeout }}
relabelings:
  # A replica keeps its name on dashboards, whatever address its pod has.
  - sourceLabels: [__meta_kubernetes_pod_name]
    targetLabel: instance
  {{- with .relabelings }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
The groups of all files of rules, as YAML, with what the values say of alerts. Braces within them are
Prometheus's own: what comes from a file is not a template.
*/}}
{{- define "sim-operator.ruleGroups" -}}
{{- $values := .Values.alerts }}
{{- $groups := list }}
{{- $names := list }}
{{- range $file, $text := .Files.Glob "files/rules/*.yaml" }}
{{- range $group := ($text | toString | fromYaml).groups }}
{{- $rules := list }}
{{- range $group.rules }}
{{- if not .alert }}
{{- $rules = append $rules . }}
{{- else }}
{{- $names = append $names .alert }}
{{- if not (has .alert $values.disabled) }}
{{- $labels := mergeOverwrite (deepCopy $values.alertLabels) (.labels | default dict) }}
{{- with get $values.severities .alert }}
{{- $_ := set $labels "severity" . }}
{{- end }}
{{- $annotations := mergeOverwrite (deepCopy $values.alertAnnotations) (.annotations | default dict) }}
{{- with $annotations.runbook_url }}
{{- $_ := set $annotations "runbook_url" (printf "%s/%s" (trimSuffix "/" $values.runbookBaseURL) (base .)) }}
{{- end }}
{{- $rules = append $rules (mergeOverwrite (deepCopy .) (dict "labels" $labels "annotations" $annotations)) }}
{{- end }}
{{- end }}
{{- end }}
{{- with $rules }}
{{- $groups = append $groups (mergeOverwrite (deepCopy (omit $group "rules")) (dict "rules" .)) }}
{{- end }}
{{- end }}
{{- end }}
{{- range concat $values.disabled (keys $values.severities | sortAlpha) }}
{{- if not (has . $names) }}
{{- fail (printf "there is no alert %s, which alerts.disabled or alerts.severities names. There are: %s" . ($names | sortAlpha | uniq | join ", ")) }}
{{- end }}
{{- end }}
{{- toYaml $groups }}
{{- end }}

{{/* Labels of a pod. Not the chart's version: an upgrade would end pods, and their data, for nothing. */}}
{{- define "sim-operator.monitoringPodLabels" -}}
{{- mergeOverwrite (deepCopy .root.Values.commonLabels) (include "sim-operator.selectorLabels" . | fromYaml) | toYaml }}
{{- end }}

{{/* A pod with a security context of its own; the rest is what every pod has. component: its values. */}}
{{- define "sim-operator.monitoringPodSpec" -}}
{{- $values := set (deepCopy .root.Values) "podSecurityContext" .component.podSecurityContext }}
{{- include "sim-operator.podSpec" (dict "Values" $values) }}
{{- end }}

{{/* The volume of a component's data. name: of the claim; storage: its values. */}}
{{- define "sim-operator.dataVolume" -}}
- name: data
  {{- if .storage.enabled }}
  persistentVolumeClaim:
    claimName: {{ .storage.existingClaim | default .name }}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- end }}

{{/* The claim for it, where it is the chart's own. */}}
{{- define "sim-operator.dataClaim" -}}
{{- if and .storage.enabled (not .storage.existingClaim) }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- $annotations := ternary (dict "helm.sh/resource-policy" "keep") dict .storage.keep }}
  {{- include "sim-operator.metadata" (dict "root" .root "component" .component "name" .name "annotations" $annotations) | nindent 2 }}
spec:
  accessModes: [ReadWriteOnce]
  {{- with .storage.storageClassName }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests:
      storage: {{ .storage.size }}
{{- end }}
{{- end }}
