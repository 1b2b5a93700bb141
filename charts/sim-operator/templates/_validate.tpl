{{/*
What values.schema.json cannot say: values that are right alone and wrong together. Each message
names the value to change.
*/}}
{{- define "sim-operator.validate" -}}
{{- $namespace := .Release.Namespace }}
{{- $watched := .Values.watchNamespaces }}
{{- if .Values.account.create }}
{{- $allowed := .Values.account.allowedNamespaces }}
{{- if not $allowed.from }}
{{- fail "account.create is true, so say whose SIMs may use the account: set account.allowedNamespaces.from to All, Same or Selector" }}
{{- end }}
{{- if and (eq $allowed.from "Selector") (not (hasKey $allowed "selector")) }}
{{- fail "account.allowedNamespaces.from is Selector: set account.allowedNamespaces.selector to labels of namespaces, or from to All" }}
{{- end }}
{{- if and (ne $allowed.from "Selector") (hasKey $allowed "selector") }}
{{- fail (printf "account.allowedNamespaces.selector counts only with from: Selector, and from is %s: set that, or remove the selector" $allowed.from) }}
{{- end }}
{{- if and $watched (not (has $namespace $watched)) }}
{{- fail (printf "account.create makes a SIMAccount in namespace %s, which is not in watchNamespaces: the operator would not see it. Add %s to watchNamespaces" $namespace $namespace) }}
{{- end }}
{{- end }}
{{- with .Values.settings.defaultAccount }}
{{- $home := splitList "/" . | first }}
{{- if and $watched (not (has $home $watched)) }}
{{- fail (printf "settings.defaultAccount is %s, and namespace %s is not in watchNamespaces: the operator would not see it. Add %s to watchNamespaces" . $home $home) }}
{{- end }}
{{- end }}
{{- if and .Values.credentials.create (not (and .Values.credentials.clientId .Values.credentials.clientSecret)) }}
{{- fail "credentials.create is true: set credentials.clientId and credentials.clientSecret, or make the Secret yourself and set credentials.create to false" }}
{{- end }}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}
{{- fail "httpRoute is enabled: name the Gateway that serves it in httpRoute.parentRefs, such as [{name: public, namespace: gateways}]" }}
{{- end }}
{{- if and (not .Values.settings.leaderElection) (gt (int .Values.replicas) 1) }}
{{- fail (printf "settings.leaderElection is false and replicas is %d: they would all write at once. Set replicas to 1, or leaderElection to true" (int .Values.replicas)) }}
{{- end }}
{{- if and .Values.settings.sharding (not .Values.settings.leaderElection) }}
{{- fail "settings.sharding is true and settings.leaderElection is false: replicas share the accounts by Leases. Set leaderElection to true, or sharding to false" }}
{{- end }}
{{- if eq (int .Values.settings.metricsPort) (int .Values.settings.hooksPort) }}
{{- fail (printf "settings.metricsPort and settings.hooksPort are both %d: choose two different ports" (int .Values.settings.metricsPort)) }}
{{- end }}
{{- if eq (int .Values.service.metricsPort) (int .Values.service.hooksPort) }}
{{- fail (printf "service.metricsPort and service.hooksPort are both %d: choose two different ports" (int .Values.service.metricsPort)) }}
{{- end }}
{{- if and .Values.simulator.followClock (not .Values.simulator.enabled) }}
{{- fail "simulator.followClock is true and simulator.enabled is false: there is no clock to follow. Set simulator.enabled to true, or settings.clockURL to a simulator of your own" }}
{{- end }}
{{- if and .Values.simulator.followClock .Values.settings.clockURL }}
{{- fail "simulator.followClock and settings.clockURL are both set: the operator follows one clock. Remove one of them" }}
{{- end }}
{{- include "sim-operator.validateConsole" . }}
{{- end }}

{{/* The same of the console and of the history. */}}
{{- define "sim-operator.validateConsole" -}}
{{- $console := .Values.console }}
{{- $history := .Values.history }}
{{- if $console.enabled }}
{{- if eq (int $console.port) (int $console.metricsPort) }}
{{- fail (printf "console.port and console.metricsPort are both %d: choose two different ports" (int $console.port)) }}
{{- end }}
{{- if eq (int $console.service.port) (int $console.service.metricsPort) }}
{{- fail (printf "console.service.port and console.service.metricsPort are both %d: choose two different ports" (int $console.service.port)) }}
{{- end }}
{{- if eq (include "sim-operator.consoleServiceAccountName" .) (include "sim-operator.serviceAccountName" .) }}
{{- fail (printf "the console and the operator would both run as the ServiceAccount %s: the operator would get the right to act as anybody, and the console the right to read credentials. Name another in console.serviceAccount.name" (include "sim-operator.serviceAccountName" .)) }}
{{- end }}
{{- if ne (empty $console.trustedProxy.networks) (empty $console.trustedProxy.secretName) }}
{{- fail "console.trustedProxy.networks and console.trustedProxy.secretName belong together: who is in the network has to show the secret, too. Set both or neither" }}
{{- end }}
{{- end }}
{{- if $history.database.existingSecret }}
{{- if $history.storage.enabled }}
{{- fail (printf "history.database.existingSecret is %s and history.storage.enabled is true: the history is in PostgreSQL or in a file, not in both. Set history.storage.enabled to false; a history that is in the file is not moved, and its claim stays where history.storage.keep was true" $history.database.existingSecret) }}
{{- end }}
{{- else if and $history.backup.enabled (not $history.storage.enabled) }}
{{- fail "history.backup.enabled is true and history.storage.enabled is false: there is no volume that a backup could read. Set history.storage.enabled to true, or history.backup.enabled to false" }}
{{- end }}
{{- if and $history.backup.enabled (not (include "sim-operator.keepsHistory" .)) }}
{{- fail "history.backup.enabled is true and there is no history: set console.enabled and history.enabled to true, or history.backup.enabled to false" }}
{{- end }}
{{- end }}
