// Executes a declarative Jenkinsfile without Jenkins: stages, when, steps and post in Jenkins's order, `sh` for real, agents
// and plugins made up. Prints what happened as JSON lines. usage: run.groovy JENKINSFILE PARAMETERS.json
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.codehaus.groovy.control.CompilerConfiguration

/** What Jenkins throws for the step `error`. */
class Aborted extends RuntimeException { Aborted(String message) { super(message) } }

/** The variables of a build: assigned as env.NAME, always text. */
class Environment {
  final Map<String, String> values = [:]
  Object getProperty(String name) { name == 'values' ? this.@values : this.@values[name] }
  void setProperty(String name, Object value) { this.@values[name] = value as String }
}

/** The body of a stage or of the pipeline: its sections, kept until they are run in the right order. */
class Section {
  final Map sections = [:]
  final List children = []
  def methodMissing(String name, args) {
    if (name == 'stage') children << [args[0], args[1]]
    else sections[name] = args.length ? args[-1] : null
    null
  }
}

abstract class Pipeline extends Script {
  static List events = []
  static String result = 'SUCCESS'
  /** Words before a container's commands: they make them its user. */
  static Map containers = [:]
  static String container = 'jnlp'

  static void happened(Map event) { events << event; println JsonOutput.toJson(event) }

  Section read(Closure body) {
    def section = new Section()
    body.delegate = section
    body.resolveStrategy = Closure.DELEGATE_ONLY
    body()
    section
  }

  def pipeline(Closure body) {
    def top = read(body)
    if (top.sections.environment) assign(top.sections.environment)
    try {
      stages(top.sections.stages)
    } catch (Throwable failure) {
      result = 'FAILURE'
      happened(event: 'failure', message: failure.message)
    }
    happened(event: 'result', result: binding.getVariable('currentBuild').result ?: result)
  }

  void stages(Closure body) {
    read(body).children.each { stage(it[0], it[1]) }
  }

  void stage(String name, Closure body) {
    def section = read(body)
    if (section.sections.when && !steps(section.sections.when)) { happened(event: 'skipped', stage: name); return }
    happened(event: 'stage', stage: name)
    try {
      if (section.sections.stages) stages(section.sections.stages)
      if (section.sections.steps) steps(section.sections.steps)
    } catch (Throwable failure) {
      if (section.sections.post) after(section.sections.post, ['failure', 'always'])
      throw failure
    }
    if (section.sections.post) after(section.sections.post, ['success', 'always'])
  }

  Object steps(Closure body) {
    body.delegate = this
    body.resolveStrategy = Closure.DELEGATE_FIRST
    body()
  }

  void after(Closure body, List wanted) {
    def section = read(body)
    wanted.each { if (section.sections[it]) steps(section.sections[it]) }
  }

  void assign(Closure body) {
    body.delegate = binding.getVariable('env')
    body.resolveStrategy = Closure.DELEGATE_FIRST
    body()
  }

  // Steps.
  def expression(Closure body) { body() }
  def script(Closure body) { steps(body) }
  def container(String name, Closure body) {
    happened(event: 'container', name: name)
    def before = Pipeline.container
    Pipeline.container = name
    try { steps(body) } finally { Pipeline.container = before }
  }
  def echo(String text) { happened(event: 'echo', text: text) }
  def error(String text) { throw new Aborted(text) }
  def checkout(Object what) { happened(event: 'checkout') }
  def archiveArtifacts(Map options) { happened([event: 'archive'] + options) }
  def slackSend(Map message) { happened([event: 'slack'] + message) }
  def withEnv(List pairs, Closure body) {
    def values = binding.getVariable('env').values
    def before = new HashMap(values)
    pairs.each { def (name, value) = it.split('=', 2); values[name] = value }
    try { steps(body) } finally { values.clear(); values.putAll(before) }
  }
  def sh(Map options) { shell(options.script, options.returnStdout ?: false) }
  def sh(String script) { shell(script, false) }
  def shell(String script, boolean wanted) {
    happened(event: 'sh', script: script)
    def builder = new ProcessBuilder((containers[Pipeline.container] ?: []) + ['sh', '-ec', script]).redirectErrorStream(false)
    builder.environment().putAll(binding.getVariable('env').values.findAll { it.value != null })
    if (!wanted) builder.redirectOutput(ProcessBuilder.Redirect.to(new File('/dev/null')))
    builder.redirectError(ProcessBuilder.Redirect.INHERIT)
    def process = builder.start()
    def text = wanted ? process.inputStream.text : ''
    if (process.waitFor() != 0) throw new Aborted("script returned exit code ${process.exitValue()}")
    wanted ? text : null
  }
}

def given = new JsonSlurper().parse(new File(args[1]))
Pipeline.containers = given.containers ?: [:]
def environment = new Environment()
given.env.each { name, value -> environment.values[name] = value }
def binding = new Binding([env: environment, params: given.params, scm: [:], currentBuild: [result: null, description: null]])
def configuration = new CompilerConfiguration(scriptBaseClass: Pipeline.name)
new GroovyShell(this.class.classLoader, binding, configuration).evaluate(new File(args[0]))
