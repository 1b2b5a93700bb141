{{/*
Named templates that every part of the chart uses. Those that need more than the root context take a
dict: root (the root context), component (operator, simulator, prometheus, …), and what they name.
*/}}

{{- define "sim-operator.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 46 | trimSuffix "-" }}
{{- end }}

{{/* 46 characters, so that the longest suffix still makes the name of a Service (63). */}}
{{- define "sim-operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 46 | trimSuffix "-" }}
{{- else if contains (include "sim-operator.name" .) .Release.Name }}
{{- .Release.Name | trunc 46 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "sim-operator.name" .) | trunc 46 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* Labels by which pods are selected: they must not change from one version to the next. */}}
{{- define "sim-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "sim-operator.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Labels of an object; `labels` adds some. The chart's own win over commonLabels. */}}
{{- define "sim-operator.labels" -}}
{{- $own := dict
      "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
      "app.kubernetes.io/version" (.root.Chart.AppVersion | replace "+" "_" | trunc 63)
      "app.kubernetes.io/part-of" "sim-operator"
      "app.kubernetes.io/managed-by" .root.Release.Service }}
{{- $selector := include "sim-operator.selectorLabels" . | fromYaml }}
{{- mergeOverwrite (deepCopy .root.Values.commonLabels) (.labels | default dict) $own $selector | toYaml }}
{{- end }}

{{/*
The metadata of an object. name: required. namespace: default the release's; clusterScoped: true
leaves it out. labels, annotations: more of them.
*/}}
{{- define "sim-operator.metadata" -}}
name: {{ .name }}
{{- if not .clusterScoped }}
namespace: {{ .namespace | default .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "sim-operator.labels" . | nindent 2 }}
{{- with mergeOverwrite (deepCopy .root.Values.commonAnnotations) (.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* An image as pods name it. image: registry, repository, tag, digest; tag: where it has none. */}}
{{- define "sim-operator.imageReference" -}}
{{- with .image.registry }}{{ . }}/{{ end }}{{ .image.repository }}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag | default .tag }}{{ end }}
{{- end }}

{{/* Our own image, which runs operator, simulator, Jobs and test alike. */}}
{{- define "sim-operator.image" -}}
{{- include "sim-operator.imageReference" (dict "image" .Values.image "tag" .Chart.AppVersion) }}
{{- end }}

{{/*
What every pod of the chart has in common: where it may run, and what it may do there.
Service links are off: they would set SIM_OPERATOR_PORT and the like for our own Service.
*/}}
{{- define "sim-operator.podSpec" -}}
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What every container of our own image has in common. */}}
{{- define "sim-operator.container" -}}
image: {{ include "sim-operator.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
# The last lines of the log then stand in the status of the pod.
terminationMessagePolicy: FallbackToLogsOnError
{{- end }}

{{/*
The pod of a hook: a Job's or a test's. name (its ServiceAccount), container (its name), args, and
optionally config: a ConfigMap to mount at /manifests. extraEnv is not for it: a proxy would stand between it
and the Services that it asks.
*/}}
{{- define "sim-operator.jobPodSpec" -}}
restartPolicy: Never
serviceAccountName: {{ include "sim-operator.hookServiceAccount" . }}
automountServiceAccountToken: true
{{ include "sim-operator.podSpec" .root }}
containers:
  - name: {{ .container }}
    {{- include "sim-operator.container" .root | nindent 4 }}
    args:
      {{- toYaml .args | nindent 6 }}
    {{- with .root.Values.jobs.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    volumeMounts:
      - name: tmp
        mountPath: /tmp
      {{- if .config }}
      - name: manifests
        mountPath: /manifests
        readOnly: true
      {{- end }}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
  {{- with .config }}
  - name: manifests
    configMap:
      name: {{ . }}
  {{- end }}
{{- end }}

{{- define "sim-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "sim-operator.fullname" .) }}
{{- else }}
{{- .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{- define "sim-operator.simulatorName" -}}
{{- include "sim-operator.fullname" . }}-simulator
{{- end }}

{{/* Where the simulator answers, for pods of any namespace. */}}
{{- define "sim-operator.simulatorURL" -}}
http://{{ include "sim-operator.simulatorName" . }}.{{ .Release.Namespace }}.svc:{{ .Values.simulator.port }}
{{- end }}

{{/* The SIMAccount of SIMs that name none, as namespace/name; empty where there is none. */}}
{{- define "sim-operator.defaultAccount" -}}
{{- if .Values.settings.defaultAccount }}
{{- .Values.settings.defaultAccount }}
{{- else if .Values.account.create }}
{{- printf "%s/%s" .Release.Namespace .Values.account.name }}
{{- end }}
{{- end }}

{{/* Endpoints that accounts may name; the simulator's own is one of them while it runs. */}}
{{- define "sim-operator.allowedEndpoints" -}}
{{- $endpoints := .Values.settings.allowedEndpoints }}
{{- if .Values.simulator.enabled }}
{{- $endpoints = append $endpoints (include "sim-operator.simulatorURL" .) }}
{{- end }}
{{- $endpoints | uniq | join "," }}
{{- end }}

{{- define "sim-operator.clockURL" -}}
{{- if .Values.settings.clockURL }}
{{- .Values.settings.clockURL }}
{{- else if and .Values.simulator.enabled .Values.simulator.followClock }}
{{- include "sim-operator.simulatorURL" . }}
{{- end }}
{{- end }}

{{/* auto, on or off; `on` and `off` without quotes are booleans in YAML, and mean the same here. */}}
{{- define "sim-operator.perSIMMetrics" -}}
{{- get (dict "true" "on" "false" "off") (toString .Values.settings.perSIMMetrics) | default .Values.settings.perSIMMetrics }}
{{- end }}
