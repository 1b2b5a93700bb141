{{/* Parts of NetworkPolicies, and the routes of Ingress and HTTPRoute. */}}

{{- define "sim-operator.egress.dns" -}}
- ports:
    {{- range .Values.networkPolicy.dns.ports }}
    - {protocol: UDP, port: {{ . }}}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .Values.networkPolicy.dns.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "sim-operator.egress.apiServer" -}}
- ports:
    {{- range .Values.networkPolicy.apiServer.ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .Values.networkPolicy.apiServer.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* PostgreSQL, where the history is in one. */}}
{{- define "sim-operator.egress.database" -}}
- ports:
    {{- range .Values.networkPolicy.database.ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .Values.networkPolicy.database.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* A peer of a NetworkPolicy: the pods of one component of this release. */}}
{{- define "sim-operator.peer" -}}
- podSelector:
    matchLabels:
      {{- include "sim-operator.selectorLabels" . | nindent 6 }}
{{- end }}

{{/*
What is reached from outside, as a YAML list of {path, type, service, port, timeout}. routes: which
of them are wanted. Grafana has a route only where it is bundled.
*/}}
{{- define "sim-operator.routes" -}}
{{- $name := include "sim-operator.fullname" .root }}
{{- $routes := list }}
{{- if .routes.hooks }}
{{- $routes = append $routes (dict "path" "/hooks" "type" "Prefix" "service" $name "port" .root.Values.service.hooksPort "slow" true) }}
{{- end }}
{{- if .routes.metrics }}
{{- $routes = append $routes (dict "path" "/metrics" "type" "Exact" "service" $name "port" .root.Values.service.metricsPort) }}
{{- end }}
{{- if .root.Values.console.enabled }}
{{- $console := dict "service" (include "sim-operator.consoleName" .root) "port" .root.Values.console.service.port "type" "Prefix" }}
{{- if .routes.api }}
{{- range list "/api" "/docs" "/health" }}
{{- $routes = append $routes (merge (dict "path" .) $console) }}
{{- end }}
{{- end }}
{{- if .routes.pages }}
{{- $routes = append $routes (merge (dict "path" "/") $console) }}
{{- end }}
{{- end }}
{{- if and .routes.monitoring .root.Values.grafana.enabled }}
{{- $routes = append $routes (dict "path" .root.Values.grafana.path "type" "Prefix" "service" (printf "%s-grafana" $name) "port" 3000) }}
{{- end }}
{{- if not $routes }}
{{- fail (printf "%s is enabled and routes nothing: set one of hooks and metrics in %s.routes to true, or console.enabled beside pages and api, or grafana.enabled beside monitoring" .of .of) }}
{{- end }}
{{- $taken := dict }}
{{- range $routes }}
{{- if hasKey $taken .path }}
{{- fail (printf "%s would lead %s to two places, %s and %s: move Grafana by grafana.path, or set one of %s.routes to false" $.of .path (get $taken .path) .service $.of) }}
{{- end }}
{{- $_ := set $taken .path .service }}
{{- end }}
{{- toYaml $routes }}
{{- end }}
