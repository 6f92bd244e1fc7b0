using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Tda.Core.Arrays;

namespace Tda.Core.Corpora;

/// <summary>Tokenises a corpus, into its directory.</summary>
public static class TokenizedCorpusWriter
{
    private const int ReportEvery = 64;

    /// <summary>
    /// Writes the tokens and opens them. When this tokenizer's are there already they are only opened. A kill or a full
    /// disk leaves the corpus as it was.
    /// </summary>
    /// <exception cref="TdaException">The disk is full.</exception>
    /// <exception cref="BadInputException">The corpus is damaged.</exception>
    public static TokenizedCorpus Write(Corpus corpus, ITokenizer tokenizer, IProgressSink progress, CancellationToken cancel)
    {
        var hash = tokenizer.Hash;
        if (hash.Length == 0 || !hash.All(char.IsAsciiLetterOrDigit))
        {
            throw new ArgumentException($"a tokenizer's hash has letters and digits only, not '{hash}'", nameof(tokenizer));
        }

        var directory = corpus.Directory;
        var tokensName = CorpusFormat.Tokens(hash);
        if (ArtifactDirectory.Open(directory, CorpusFormat.Name, CorpusFormat.Version, verifyHashes: false).Manifest.Outputs.ContainsKey(tokensName))
        {
            return TokenizedCorpus.Open(directory, hash);
        }

        // 1. Tokens and offsets, each appearing complete or not at all. The manifest doesn't list them yet, so that a
        //    kill between the two leaves files that nobody reads and that the next run replaces.
        var total = WriteFiles(corpus, tokenizer, progress, cancel);

        // 2. The manifest.
        var offsetsName = CorpusFormat.Offsets(hash);
        ArtifactDirectory.Amend(directory, CorpusFormat.Name, CorpusFormat.Version, [tokensName, offsetsName], manifest =>
        {
            if (manifest.Details[CorpusFormat.TokenizationsDetail] is not JsonObject all)
            {
                manifest.Details[CorpusFormat.TokenizationsDetail] = all = [];
            }

            all[hash] = new JsonObject { ["tokens"] = total, ["vocabulary_size"] = tokenizer.VocabularySize };
        });
        return TokenizedCorpus.Open(directory, hash, verify: false);
    }

    private static long WriteFiles(Corpus corpus, ITokenizer tokenizer, IProgressSink progress, CancellationToken cancel)
    {
        using var task = progress.Start($"Tokenising {corpus.Name}", corpus.Count, "documents");
        using var tokens = new AtomicFileWriter(Path.Combine(corpus.Directory, CorpusFormat.Tokens(tokenizer.Hash)));
        using var offsets = new NpyWriter<long>(Path.Combine(corpus.Directory, CorpusFormat.Offsets(tokenizer.Hash)));
        long total = 0;
        offsets.Append([total]);
        var done = 0;
        foreach (var document in corpus.Documents())
        {
            cancel.ThrowIfCancellationRequested();
            int[] sequence = [tokenizer.BosId, .. tokenizer.Encode(document.Text), tokenizer.EosId];
            tokens.Write(MemoryMarshal.AsBytes<int>(sequence));
            total += sequence.Length;
            offsets.Append([total]);
            if (++done % ReportEvery == 0)
            {
                task.Report(done);
            }
        }

        task.Report(done);
        tokens.Commit();
        offsets.Commit();
        return total;
    }
}
