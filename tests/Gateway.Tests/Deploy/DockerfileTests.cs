using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Deploy;

public class DockerfileTests
{
    // docs.docker.com/reference/dockerfile, instructions
    private static readonly string[] Known =
        ["ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"];

    private static readonly List<(string Name, string Arguments)> Instructions = Dockerfile.Parse(DeployFiles.Read("Dockerfile"));

    [Fact]
    public void Instructions_All_AreKnownAndBeginWithABase()
    {
        Assert.All(Instructions, instruction => Assert.Contains(instruction.Name, Known));
        Assert.Equal("FROM", Instructions.First(instruction => instruction.Name != "ARG").Name);
        Assert.Equal(2, Instructions.Count(instruction => instruction.Name == "FROM"));
    }

    [Fact]
    public void User_OfTheLastStage_IsANumberAndNotRoot()
    {
        var last = Instructions.Skip(Instructions.FindLastIndex(instruction => instruction.Name == "FROM")).ToList();
        var user = last.Last(instruction => instruction.Name == "USER").Arguments.Split(':');

        // Kubernetes' runAsNonRoot can't check a name.
        Assert.All(user, part => Assert.True(int.Parse(part, System.Globalization.CultureInfo.InvariantCulture) > 0));
        Assert.DoesNotContain(last.SkipWhile(instruction => instruction.Name != "USER"), instruction => instruction.Name is "RUN" or "COPY");
    }

    [Fact]
    public void Copy_FromTheContext_SourcesExistAndAreNotIgnored()
    {
        var allowed = DeployFiles.Read("Dockerfile.dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..]).ToArray();
        foreach (var (_, arguments) in Instructions.Where(copy => copy.Name == "COPY" && !copy.Arguments.StartsWith("--from", StringComparison.Ordinal)))
        {
            foreach (var source in arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..^1])
            {
                Assert.True(Path.Exists(TestPaths.InRepository(source)), $"{source} is copied, but is not there");
                Assert.Contains(source.TrimEnd('/'), allowed);
            }
        }
    }

    [Fact]
    public void From_BaseImages_CanBeReplacedAndNameNoRegistry()
    {
        Assert.All(Instructions.Where(instruction => instruction.Name == "FROM"), from => Assert.Matches(@"^\$\{[A-Z_]+\}", from.Arguments));
        Assert.All(Instructions.Where(instruction => instruction.Name == "ARG"), arg => Assert.DoesNotContain('.', arg.Arguments.Split('=')[1].Split('/')[0]));
    }

    [Fact]
    public async Task Healthcheck_OfARunningGateway_TellsReadyFromNot()
    {
        var arguments = Instructions.Single(instruction => instruction.Name == "HEALTHCHECK").Arguments;
        var command = JsonSerializer.Deserialize<string[]>(arguments[(arguments.IndexOf("CMD", StringComparison.Ordinal) + 3)..])!;
        string port;
        await using (var gateway = await TestGateway.StartAsync("http://127.0.0.1:1"))
        {
            port = gateway.Url.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(0, await CheckAsync());
        }

        Assert.NotEqual(0, await CheckAsync());

        async Task<int> CheckAsync() => (await ChildProcess.RunAsync(
            command[0], command[1..], TimeSpan.FromMinutes(1), new Dictionary<string, string?> { ["TDA_PORT"] = port })).ExitCode;
    }
}
