using System.Net;
using Tda.Review.Attribution;
using Tda.Review.Tests.Support;
using Tda.Store.Reviews;
using Tda.TestKit;

namespace Tda.Review.Tests.Attribution;

public sealed class AttributionJobTests : IDisposable
{
    private const string Unexplained = "exchange-01";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ask_OneAfterTheOther_SaysWhereEachIs_AndWhatItWasGiven()
    {
        // Says what it was given, waits for leave, and ends as it is told.
        await using var site = await StartAsync("""echo "given: $*" >&2; while [ ! -f "$0.go" ]; do sleep .05; done; exit 0""");
        using var ada = site.As("ada", ReviewRole.Reviewer);
        var page = await ada.GetStringAsync("/exchanges/" + Unexplained);
        Assert.Contains("<option>small</option>", page, StringComparison.Ordinal);

        var asked = await DeskSite.PostAsync(ada, $"/exchanges/{Unexplained}/attribution", [], ("index", "small"));
        Assert.Equal((HttpStatusCode.SeeOther, "/exchanges/" + Unexplained), (asked.Status, asked.Location));
        var other = await DeskSite.PostAsync(ada, "/exchanges/exchange-03/attribution", [], ("index", "small"));
        Assert.Equal(HttpStatusCode.SeeOther, other.Status);
        await Eventually.HoldsAsync(async () => (await JobAsync(ada, Unexplained)).Line.Contains("given: attribute", StringComparison.Ordinal));
        var running = await JobAsync(ada, Unexplained);
        Assert.Equal(AttributionJobState.Running, running.State);
        Assert.Contains($"--index small --exchange {Unexplained} --run {running.Run}", running.Line, StringComparison.Ordinal);
        Assert.Equal(AttributionJobState.Waiting, (await JobAsync(ada, "exchange-03")).State);
        Assert.Contains("<b>running</b>", await ada.GetStringAsync("/exchanges/" + Unexplained), StringComparison.Ordinal);

        await File.WriteAllTextAsync(Script + ".go", "");
        await Eventually.HoldsAsync(async () => (await JobAsync(ada, "exchange-03")).State == AttributionJobState.Done);
        Assert.Equal(AttributionJobState.Done, (await JobAsync(ada, Unexplained)).State);
    }

    [Fact]
    public async Task Ask_ProcessFails_ItsLastWordsAreShown_AndItCanBeAskedAgain()
    {
        await using var site = await StartAsync("""echo "tda: the index is damaged" >&2; exit 3""");
        using var ada = site.As("ada", ReviewRole.Reviewer);

        await DeskSite.PostAsync(ada, $"/exchanges/{Unexplained}/attribution", [], ("index", "small"));
        await Eventually.HoldsAsync(async () => (await JobAsync(ada, Unexplained)).State == AttributionJobState.Failed);

        var page = await ada.GetStringAsync("/exchanges/" + Unexplained);
        Assert.Contains("tda: the index is damaged", page, StringComparison.Ordinal);
        Assert.Contains("Ask for it", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_WhatCantBe_Told()
    {
        await using var site = await StartAsync("exit 0");
        await using var without = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        using var bob = without.As("bob", ReviewRole.Reviewer);

        Assert.Equal(HttpStatusCode.Conflict, (await DeskSite.PostAsync(ada, $"/exchanges/{Unexplained}/attribution", [], ("index", "nope"))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await DeskSite.PostAsync(ada, $"/exchanges/{Unexplained}/attribution", [], ("index", "../runs"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await DeskSite.PostAsync(ada, "/exchanges/nope/attribution", [], ("index", "small"))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await DeskSite.PostAsync(bob, $"/exchanges/{Unexplained}/attribution", [], ("index", "small"))).Status);
        Assert.DoesNotContain("Ask for it", await bob.GetStringAsync("/exchanges/" + Unexplained), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_KillsWhatRuns()
    {
        await using (var site = await StartAsync("""echo $$ > "$0.pid"; sleep 600"""))
        {
            using var ada = site.As("ada", ReviewRole.Reviewer);
            await DeskSite.PostAsync(ada, $"/exchanges/{Unexplained}/attribution", [], ("index", "small"));
            await Eventually.TrueAsync(() => File.Exists(Script + ".pid") && File.ReadAllText(Script + ".pid").Length > 1, Patience);
        }

        var pid = File.ReadAllText(Script + ".pid").Trim();
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{pid}"), Patience);
    }

    private string Script => Path.Combine(_folder.Path, "program");

    private async Task<DeskSite> StartAsync(string script)
    {
        await File.WriteAllTextAsync(Script, script + "\n");
        var site = await DeskSite.StartAsync(attributeCommand: ["/bin/sh", Script]);
        Directory.CreateDirectory(site.Home.IndexDirectory("small"));
        await File.WriteAllTextAsync(Path.Combine(site.Home.IndexDirectory("small"), Manifest.FileName), "{}");
        return site;
    }

    private static async Task<AttributionJob> JobAsync(HttpClient client, string exchange)
    {
        using var document = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/exchanges/{exchange}/attribution/job"));
        var job = document.RootElement;
        return new(exchange, job.GetProperty("index").GetString()!, job.GetProperty("run").GetString()!)
        {
            State = Enum.Parse<AttributionJobState>(job.GetProperty("state").GetString()!, ignoreCase: true),
            Line = job.GetProperty("line").GetString()!,
        };
    }
}
