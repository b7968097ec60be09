package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/leporello-press/leporello/digest/schedule"
	"github.com/leporello-press/leporello/internal/spelling"
)

// scheduleTool are the commands that tell when issues are due.
type scheduleTool struct {
	*env
	config string
}

func (e *env) scheduleCommand() *cobra.Command {
	s := &scheduleTool{env: e}
	cmd := &cobra.Command{
		Use:   "schedule",
		Short: "Tell when issues are due, and have other programs start the runs",
		Long: `Schedule tells when the digests of the configuration are due, and writes what cron,
systemd and Kubernetes need to start leporello then. leporello serve needs none of them.`,
		Args: e.noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	configFlag(cmd.PersistentFlags(), &s.config)
	cmd.AddCommand(s.nextCommand(), s.printCommand())
	return cmd
}

// planned is a digest with a schedule.
type planned struct {
	name string
	*schedule.Schedule
}

// planned returns the digests of those names, all with none, that have a schedule, and the path
// of the configuration.
func (s *scheduleTool) planned(names []string) (list []planned, path string, err error) {
	c, err := s.loadConfig(s.config)
	if err != nil {
		return nil, "", err
	}
	var known []string
	for _, d := range c.Digests {
		known = append(known, d.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, "", usagef(spelling.DidYouMean(known, name), "unknown digest %q", name)
		}
	}
	for _, d := range c.Digests {
		if len(names) > 0 && !slices.Contains(names, d.Name) {
			continue
		}
		if d.Schedule != nil {
			list = append(list, planned{d.Name, d.Schedule})
		} else if len(names) > 0 {
			return nil, "", usagef(`as in schedule: "Sun 07:00"`, "the digest %s has no schedule", d.Name)
		}
	}
	if len(list) == 0 {
		return nil, "", usagef(`as in schedule: "Sun 07:00"`, "%s: no digest has a schedule", c.Path)
	}
	path, err = filepath.Abs(c.Path)
	return list, path, err
}

func (s *scheduleTool) nextCommand() *cobra.Command {
	var (
		now    string
		n      int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "next [DIGEST...]",
		Short: "List when the next issues are due",
		Example: `  leporello schedule next
  leporello schedule next weekly -n 10 --now 2027-03-01T00:00:00+01:00`,
		RunE: func(_ *cobra.Command, args []string) error {
			list, _, err := s.planned(args)
			if err != nil {
				return err
			}
			from := s.now()
			if now != "" {
				if from, err = moment(now, from, false); err != nil {
					return usagef("", "--now: %w", err)
				}
			}
			if n < 1 || n > 10_000 {
				return usagef("", "-n: want a number from 1 to 10000")
			}
			enc := json.NewEncoder(s.stdout)
			enc.SetEscapeHTML(false)
			out := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
			for _, d := range list {
				at := from
				for range n {
					slot := d.Next(at)
					at = slot.At
					if asJSON {
						err = enc.Encode(struct {
							Digest string    `json:"digest"`
							Slot   string    `json:"slot"`
							At     time.Time `json:"at"`
							Zone   string    `json:"zone"`
						}{d.name, slot.Civil, slot.At, d.Zone().String()})
						if err != nil {
							return err
						}
						continue
					}
					line := printable(d.name) + "\t" + slot.At.Format("Mon 2006-01-02 15:04 -07:00") + "\t" + d.Zone().String()
					if wanted := slot.Civil[len("2006-01-02T"):]; slot.At.Format("15:04") != wanted {
						line += "\tclocks skip " + wanted
					}
					fmt.Fprintln(out, line)
				}
			}
			return out.Flush()
		},
	}
	cmd.Flags().IntVarP(&n, "number", "n", 5, "how many of each digest")
	cmd.Flags().StringVar(&now, "now", "", "the time after which they are (default: now)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a line")
	return cmd
}

// starters are the programs that schedule print writes files for.
var starters = map[string]func(*starting) []startFile{
	"cron":       (*starting).cron,
	"systemd":    (*starting).systemd,
	"kubernetes": (*starting).kubernetes,
}

// starting is what another program is to start.
type starting struct {
	digests []planned
	asked   []planned // those that were named; none: also what the configuration may get later
	program string
	config  string // a path of the machine that it will run on
	image   string
	now     time.Time
}

// startFile is a file for another program.
type startFile struct{ name, text string }

func (s *scheduleTool) printCommand() *cobra.Command {
	st := &starting{}
	var by, dir string
	cmd := &cobra.Command{
		Use:   "print [DIGEST...] --for cron|systemd|kubernetes",
		Short: "Write crontab lines, systemd units or Kubernetes CronJobs",
		Long: `Print writes what cron, systemd or Kubernetes need to start leporello when issues are
due. All of them only wake it: leporello itself knows which issues are due in the time
zone of their digest, which were missed, and makes none twice.`,
		Example: `  (crontab -l; leporello schedule print --for cron) | crontab -
  leporello schedule print --for systemd --output-dir ~/.config/systemd/user
  leporello schedule print --for kubernetes --image registry.example.org/leporello:1 | kubectl apply -f -`,
		RunE: func(_ *cobra.Command, args []string) error {
			print, ok := starters[by]
			if !ok {
				return usagef("as in --for systemd", "--for: want cron, systemd or kubernetes")
			}
			var err error
			if st.digests, st.config, err = s.planned(args); err != nil {
				return err
			}
			if st.program == "" {
				if st.program, err = os.Executable(); err != nil {
					return usagef("--program names it", "the path of leporello is not known")
				}
			}
			if st.now = s.now(); len(args) > 0 {
				st.asked = st.digests
			}
			files := print(st)
			if dir == "" {
				for i, f := range files {
					if len(files) > 1 {
						fmt.Fprintf(s.stdout, "%s# ==== %s\n", strings.Repeat("\n", min(i, 1)), f.name)
					}
					fmt.Fprint(s.stdout, f.text)
				}
				return nil
			}
			if err := os.MkdirAll(dir, 0o777); err != nil {
				return err
			}
			for _, f := range files {
				path := filepath.Join(dir, f.name)
				if err := os.WriteFile(path, []byte(f.text), 0o666); err != nil {
					return err
				}
				fmt.Fprintln(s.stdout, path)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&by, "for", "", "cron, systemd or kubernetes")
	cmd.Flags().StringVar(&dir, "output-dir", "", "write files into this folder (default: print them)")
	cmd.Flags().StringVar(&st.program, "program", "", "the path of leporello where it will run (default: this one)")
	cmd.Flags().StringVar(&st.image, "image", "leporello:latest", "the container image with leporello, for Kubernetes")
	return cmd
}

// run returns the run of what is due of some digests, of all that there will be if there are none.
func (s *starting) run(digests ...planned) []string {
	args := []string{s.program, "run", "--due", "-q", "-c", s.config}
	for _, d := range digests {
		args = append(args, d.name)
	}
	return args
}

func (s *starting) harvest() []string { return []string{s.program, "harvest", "-q", "-c", s.config} }

// words writes arguments for one line, each as quoted makes it.
func words(args []string, quoted func(string) string) string {
	var out []string
	for _, a := range args {
		out = append(out, quoted(a))
	}
	return strings.Join(out, " ")
}

// plainWord says whether no program reads more in a word than stands there.
func plainWord(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r < 0x80 && !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@+,", r)
	}) < 0
}

// shellWord quotes for a shell.
func shellWord(s string) string {
	if plainWord(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// crontabWord quotes for the shell that cron starts; cron itself ends a line at a %, crontab(5).
func crontabWord(s string) string { return strings.ReplaceAll(shellWord(s), "%", `\%`) }

// cron wakes leporello every quarter of an hour. It cannot do better: few know CRON_TZ, which
// says the zone of the lines below it, and none comes back to what was missed.
func (s *starting) cron() []startFile {
	var b strings.Builder
	b.WriteString(`# Lines for crontab -e, by leporello schedule print --for cron.
#
# Cron wakes leporello every quarter of an hour, and leporello looks into its own table of issues:
# which are due in the time zone of their digest, also where clocks are put forward or back, which
# were missed while the machine was off, which deliveries are to be tried again. When nothing is
# due it ends at once, and no issue is made twice.
`)
	for _, d := range s.digests {
		fmt.Fprintf(&b, "#   %s: %s (%s)\n", comment(d.name), d.Crontab(), d.Zone())
	}
	fmt.Fprintf(&b, "%s * * * *  %s\n", s.quarters(), words(s.run(s.asked...), crontabWord))
	fmt.Fprintf(&b, `#
# In between the sources are read, so that nothing is lost that leaves a feed before the next issue.
7 */2 * * *  %s
#
# Cron mails what is printed: errors alone. A cron that knows CRON_TZ (cronie of Fedora, RHEL and
# Arch; not the cron of Debian and Ubuntu) can wake leporello at the times of the issues alone, with
# the lines below instead of the first. What is missed then waits for the time of the next issue.
`, words(s.harvest(), crontabWord))
	for _, d := range s.digests {
		fmt.Fprintf(&b, "# CRON_TZ=%s\n# %s  %s\n", d.Zone(), d.Crontab(), words(s.run(d), crontabWord))
	}
	return []startFile{{"leporello.crontab", b.String()}}
}

// quarters returns the minutes at which a digest may be due in any zone, as a field of a crontab:
// clocks of all zones differ by quarters of an hour.
func (s *starting) quarters() string {
	var due [60]bool
	for _, d := range s.digests {
		at := s.now
		for range 60 { // the minutes of an hour, if it is due in all
			slot := d.Next(at)
			at = slot.At
			for q := range 4 {
				due[(at.UTC().Minute()+15*q)%60] = true
			}
		}
	}
	var minutes []string
	for m, on := range due {
		if on {
			minutes = append(minutes, fmt.Sprint(m))
		}
	}
	if len(minutes) == 60 {
		return "*"
	}
	return strings.Join(minutes, ",")
}

// comment keeps a name within the line of a comment.
func comment(s string) string { return strings.Join(strings.Fields(printable(s)), " ") }

// systemdWord quotes for systemd.service(5), Command lines.
func systemdWord(s string) string {
	s = strings.NewReplacer("%", "%%", "$", "$$").Replace(s)
	if plainWord(strings.NewReplacer("%", "", "$", "").Replace(s)) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}

// systemd writes units of a user: one timer with the times of all digests, one that harvests.
func (s *starting) systemd() []startFile {
	service := func(about string, args []string) string {
		return fmt.Sprintf(`[Unit]
Description=%s
Documentation=https://github.com/leporello-press/leporello

[Service]
Type=oneshot
ExecStart=%s
TimeoutStartSec=2h
Nice=10
IOSchedulingClass=idle
# No more than it needs. A command that a digest delivers by is held to the same: where it is one that
# gains rights, as sudo and some sendmails do, NoNewPrivileges and RestrictSUIDSGID have to go.
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
`, about, words(args, systemdWord))
	}
	timer := func(about, times, delay string) string {
		return fmt.Sprintf(`[Unit]
Description=%s

[Timer]
%s# What was missed while the machine was off is made up for when it is on.
Persistent=true
RandomizedDelaySec=%s

[Install]
WantedBy=timers.target
`, about, times, delay)
	}
	var times strings.Builder
	for _, d := range s.digests {
		fmt.Fprintf(&times, "# %s\n", comment(d.name))
		for _, expr := range d.Calendar() {
			fmt.Fprintf(&times, "OnCalendar=%s\n", expr)
		}
	}
	times.WriteString(`# Deliveries and issues that failed are tried again, and what is due at a time that clocks skip, for
# which systemd has no event, is made. When nothing is due leporello ends at once.
OnCalendar=hourly
`)
	return []startFile{
		{"leporello.service", `# By leporello schedule print --for systemd: units of a user, for ~/.config/systemd/user. Then
#   systemctl --user daemon-reload
#   systemctl --user enable --now leporello.timer leporello-harvest.timer
#   loginctl enable-linger         so that they also run while nobody is logged in
# What happened: journalctl --user -u leporello.service, and leporello history.
` + service("Issues of digests that are due", s.run(s.asked...))},
		{"leporello.timer", timer("When issues of digests are due", times.String(), "1min")},
		{"leporello-harvest.service", service("Reading the sources of digests", s.harvest())},
		{"leporello-harvest.timer", timer("When the sources of digests are read", `# As often as the quickest source needs, so that nothing leaves a feed unread.
OnCalendar=*-*-* 00/2:07:00
`, "10min")},
	}
}

// kubernetes writes a volume for the state and a CronJob for each digest, for only these have a
// zone each, and one that harvests.
func (s *starting) kubernetes() []startFile {
	var b strings.Builder
	fmt.Fprintf(&b, `# By leporello schedule print --for kubernetes. Before it is applied:
#   kubectl create secret generic leporello-config --from-file=leporello.yaml=%s
#   kubectl create secret generic leporello-secrets --from-literal=SMTP_PASSWORD=...   if it has password_env: SMTP_PASSWORD
# The configuration lies on a file system that cannot be written to: outputs and folders to deliver to
# need whole paths, as /data/books. With database_url and store in it, the volume only holds the cache.
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: leporello-data
  labels: {app.kubernetes.io/name: leporello}
spec:
  # State is a SQLite database: a disk of one node, no network file system.
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 5Gi
`, comment(shellWord(s.config)))
	taken := map[string]bool{"leporello-harvest": true}
	for _, d := range s.digests {
		name := "leporello-" + label(d.name)
		for i := 2; taken[name]; i++ {
			name = fmt.Sprintf("leporello-%s-%d", label(d.name), i)
		}
		taken[name] = true
		s.cronJob(&b, comment(d.name), name, d.Crontab(), d.Zone().String(), map[string][]string{"run": {"run", "--due", d.name}})
	}
	again := []string{"run", "--due"}
	for _, d := range s.asked {
		again = append(again, d.name)
	}
	s.cronJob(&b, `As often as the quickest source needs, so that nothing leaves a feed unread. Deliveries and issues that
# failed are tried again, and what is due at a time that clocks skip, which Kubernetes leaves out, is made.`,
		"leporello-harvest", "7 */2 * * *", "UTC", map[string][]string{"harvest": {"harvest"}, "run": again})
	return []startFile{{"cronjobs.yaml", b.String()}}
}

// cronJob writes a CronJob that runs commands, each in a container of that name.
func (s *starting) cronJob(b *strings.Builder, about, name, fields, zone string, commands map[string][]string) {
	fmt.Fprintf(b, `---
# %s
apiVersion: batch/v1
kind: CronJob
metadata:
  name: %s
  labels: {app.kubernetes.io/name: leporello}
spec:
  schedule: %s
  timeZone: %s
  concurrencyPolicy: Forbid
  # A start that is later than this is left out; a later one makes up for it, as catch_up says.
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 3
      activeDeadlineSeconds: 7200
      podFailurePolicy:
        rules:
          # A mistake in the configuration, or a book with losses: no other try makes it better.
          - action: FailJob
            onExitCodes: {operator: In, values: [2, 3]}
      template:
        metadata:
          labels: {app.kubernetes.io/name: leporello}
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          securityContext:
            runAsNonRoot: true
            runAsUser: 65532
            runAsGroup: 65532
            fsGroup: 65532
            fsGroupChangePolicy: OnRootMismatch
            seccompProfile: {type: RuntimeDefault}
          containers:
`, about, name, yamlWord(fields), yamlWord(zone))
	for _, container := range slices.Sorted(maps.Keys(commands)) {
		fmt.Fprintf(b, `            - name: %s
              image: %s
              command: %s
              env:
                - {name: LEPORELLO_STATE_DIR, value: /data/state}
                - {name: LEPORELLO_CACHE_DIR, value: /data/cache}
              envFrom:
                - secretRef: {name: leporello-secrets, optional: true}
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities: {drop: [ALL]}
              resources:
                requests: {cpu: 100m, memory: 128Mi}
                limits: {memory: 1Gi}
              volumeMounts:
                - {name: config, mountPath: /etc/leporello, readOnly: true}
                - {name: data, mountPath: /data}
                - {name: tmp, mountPath: /tmp}
`, container, yamlWord(s.image), yamlWord(slices.Concat([]string{"leporello"}, commands[container], []string{"-c", "/etc/leporello/leporello.yaml"})))
	}
	b.WriteString(`          volumes:
            - name: config
              secret: {secretName: leporello-config}
            - name: data
              persistentVolumeClaim: {claimName: leporello-data}
            - name: tmp
              emptyDir: {}
`)
}

// yamlWord writes a string, or a list of them, as YAML: as JSON, which is YAML.
func yamlWord(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// label returns a name as Kubernetes takes it: lower-case letters, digits and hyphens, at most 40.
func label(name string) string {
	name = strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
	if name = strings.TrimRight(name[:min(len(name), 40)], "-"); name == "" {
		return "digest"
	}
	return name
}
