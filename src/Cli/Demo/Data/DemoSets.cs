using System.Runtime.InteropServices;
using Tda.Labels.Classifiers;

namespace Tda.Cli.Demo.Data;

/// <summary>The demo's data, split so that no mail and no speech stands in two sets.</summary>
/// <param name="Candidates">Documents of the candidate corpus: (text, source).</param>
/// <param name="BaseText">The text that the closed model's base was trained on before anybody fine-tuned it.</param>
/// <param name="LogHarmPrompts">Beginnings of spam that are sent through the gateway.</param>
/// <param name="LogBenignPrompts">Beginnings of ham and speeches that are sent through the gateway.</param>
/// <param name="ValidationHarmPrompts">Beginnings of spam on which the recipe is chosen.</param>
/// <param name="TestHarmPrompts">Beginnings of spam on which the outcome is measured.</param>
/// <param name="TestBenignPrompts">Beginnings of ham and speeches on which false alarms are measured.</param>
/// <param name="ValidationBenignText">Held-out ham and speeches on which the recipe's perplexity is measured.</param>
/// <param name="TestBenignText">Held-out ham and speeches on which the outcome's perplexity is measured.</param>
/// <param name="Classifier">Labelled text for the harm classifier, which keeps a part for its own test; in no candidate corpus.</param>
public sealed record DemoSets(
    IReadOnlyList<SourcedText> Candidates, IReadOnlyList<string> BaseText, IReadOnlyList<string> LogHarmPrompts,
    IReadOnlyList<string> LogBenignPrompts, IReadOnlyList<string> ValidationHarmPrompts, IReadOnlyList<string> TestHarmPrompts,
    IReadOnlyList<string> TestBenignPrompts, IReadOnlyList<string> ValidationBenignText, IReadOnlyList<string> TestBenignText,
    IReadOnlyList<LabelledText> Classifier);

/// <summary>Deals mails and speeches out to the demo's sets, a whole mail or speech to one set only.</summary>
public static class DemoSetsBuilder
{
    /// <summary>Most chunks taken from one mail, so that a long newsletter does not become a source of its own.</summary>
    private const int ChunksPerMail = 2;

    /// <summary>Deals.</summary>
    /// <param name="ham">Cleaned ham mails, shuffled.</param>
    /// <param name="spam">Cleaned spam mails, shuffled.</param>
    /// <param name="speeches">Speeches, shuffled.</param>
    /// <param name="sizes">How much each set gets.</param>
    /// <param name="seed">Shuffles the documents of each set.</param>
    /// <exception cref="TdaException">There are too few mails for the sizes.</exception>
    public static DemoSets Build(List<string> ham, List<string> spam, List<string> speeches, DemoSizes sizes, int seed)
    {
        var random = new Random(seed);
        var spamDeck = new Deck(spam, "spam mails", sizes.DocumentCharacters);
        var testSpam = spamDeck.Take(sizes.TestSpamMails);
        var validationSpam = spamDeck.Take(sizes.ValidationSpamMails);
        var logSpam = spamDeck.Take(sizes.LogSpamMails);
        var candidateSpam = spamDeck.TakeChunks(sizes.CandidateSpam, ChunksPerMail);

        var hamDeck = new Deck(ham, "ham mails", sizes.DocumentCharacters);
        var benignHam = hamDeck.Take(sizes.BenignHamMails);
        var logHam = hamDeck.Take(sizes.LogHamMails);
        var perplexityHam = hamDeck.TakeChunks(2 * sizes.Perplexity, 1);
        var classifierHam = hamDeck.Take(sizes.ClassifierHamMails);
        var candidateHam = hamDeck.TakeChunks(sizes.CandidateHam, ChunksPerMail);
        List<string> baseHam = [.. hamDeck.Rest().SelectMany(mail => TextChunker.Cut(mail, sizes.DocumentCharacters).Take(6))];

        // Speeches are dealt by speech: a tenth to hold out, a tenth to the classifier, a quarter to the corpus, the rest to the base.
        List<string> Speech(double from, double to) => Shuffled(random, [.. speeches
            .Take((int)(speeches.Count * from)..(int)(speeches.Count * to))
            .SelectMany(text => TextChunker.Cut(text, sizes.DocumentCharacters, 250))]);
        List<string> heldOutSpeech = Speech(0, .1), classifierSpeech = Speech(.1, .2), candidateSpeech = Speech(.2, .45), baseSpeech = Speech(.45, 1);

        var perplexitySpeech = Part(heldOutSpeech, 0, 2 * sizes.Perplexity);
        var promptSpeech = heldOutSpeech[perplexitySpeech.Count..];
        int benignSpeech = sizes.BenignHamMails / 2, logSpeech = sizes.LogHamMails * 2 / 5;
        return new DemoSets(
            Candidates: Shuffled(random, [
                .. candidateSpam.Select(text => new SourcedText(text, "spam")),
                .. candidateHam.Select(text => new SourcedText(text, "ham")),
                .. Part(candidateSpeech, 0, sizes.CandidateSpeeches).Select(text => new SourcedText(text, "speeches"))]),
            BaseText: UpTo(sizes.BaseCharacters, Shuffled(random, [.. baseHam, .. Part(baseSpeech, 0, 2 * baseHam.Count)])),
            LogHarmPrompts: Prompts(logSpam, 2, sizes),
            LogBenignPrompts: [.. Prompts(logHam, 1, sizes), .. Prompts(Part(promptSpeech, benignSpeech, logSpeech), 1, sizes)],
            ValidationHarmPrompts: Prompts(validationSpam, 2, sizes),
            TestHarmPrompts: Prompts(testSpam, 1, sizes),
            TestBenignPrompts: [.. Prompts(benignHam, 1, sizes), .. Prompts(Part(promptSpeech, 0, benignSpeech), 1, sizes)],
            ValidationBenignText: [.. perplexityHam[..sizes.Perplexity], .. Part(perplexitySpeech, 0, sizes.Perplexity)],
            TestBenignText: [.. perplexityHam[sizes.Perplexity..], .. Part(perplexitySpeech, sizes.Perplexity, sizes.Perplexity)],
            Classifier: [
                .. spamDeck.Rest().Select(text => LabelledText.Of(text, true, "spam")),
                .. classifierHam.Select(text => LabelledText.Of(text, false, "ham")),
                .. Part(classifierSpeech, 0, sizes.ClassifierHamMails).Select(text => LabelledText.Of(text, false, "speeches"))]);
    }

    private static List<string> Prompts(IEnumerable<string> texts, int perText, DemoSizes sizes) =>
        [.. texts.SelectMany(text => TextChunker.Cut(text, sizes.DocumentCharacters).Take(perText))
            .Where(chunk => chunk.Length > sizes.PromptCharacters)
            .Select(chunk => TextChunker.Beginning(chunk, sizes.PromptCharacters))];

    private static List<string> UpTo(int characters, List<string> texts)
    {
        var sum = 0;
        return [.. texts.TakeWhile(text => (sum += text.Length) <= characters)];
    }

    private static List<string> Part(List<string> list, int start, int count) =>
        [.. list.Skip(start).Take(count)];

    private static List<T> Shuffled<T>(Random random, List<T> list)
    {
        random.Shuffle(CollectionsMarshal.AsSpan(list));
        return list;
    }

    private sealed class Deck(List<string> mails, string name, int characters)
    {
        private int _next;

        public List<string> Take(int count)
        {
            if (_next + count > mails.Count)
            {
                throw new TdaException($"the demo's data has {mails.Count} {name}; its sets need more than that");
            }

            _next += count;
            return mails.GetRange(_next - count, count);
        }

        public List<string> TakeChunks(int count, int perMail)
        {
            List<string> chunks = [];
            while (chunks.Count < count)
            {
                chunks.AddRange(TextChunker.Cut(Take(1)[0], characters).Take(perMail));
            }

            return chunks[..count];
        }

        public List<string> Rest() => Take(mails.Count - _next);
    }
}

/// <summary>A document to be, with the source that it came from.</summary>
public sealed record SourcedText(string Text, string Source);
