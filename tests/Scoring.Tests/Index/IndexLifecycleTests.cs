using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Index;

/// <summary>Changes of a finished index against an index made of the same documents at once.</summary>
public sealed class IndexLifecycleTests : IDisposable
{
    private readonly TestHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(StorageType.Float32)]
    [InlineData(StorageType.Int8)]
    [InlineData(StorageType.Lorif)]
    [InlineData(StorageType.Float32, LayerScope.All)]
    public void Append_GrownCorpus_ScoresAsAnIndexOfAllDocuments(StorageType storage, LayerScope track = LayerScope.Blocks)
    {
        Make("i", storage, documents: 15, track);
        var kept = File.ReadAllBytes(InIndex("i", "shard-00001.npy"));
        WriteCorpus(24);

        var result = IndexAppender.Run(_home.Home, "i", 7, 64, NullProgress.Instance, _home.Time);

        Assert.Equal(24, result.Documents);
        Assert.Equal(kept, File.ReadAllBytes(InIndex("i", "shard-00001.npy")));
        Make("whole", storage, documents: 24, track);
        // Sums of curvature in another order, and a randomised SVD of the same rows in other blocks.
        Near(Scores("whole").Scores, Scores("i").Scores, storage == StorageType.Lorif ? 1e-3 : 1e-5);
        Assert.Contains("no documents", Assert.Throws<UsageException>(() => IndexAppender.Run(_home.Home, "i", 7, 64, NullProgress.Instance, _home.Time)).Message);
    }

    [Fact]
    public void Append_CorpusInAnotherOrder_IsRefused()
    {
        Make("i", StorageType.Float32, documents: 15);
        WriteCorpus(24, reversed: true);
        Assert.Contains("must follow", Assert.Throws<BadInputException>(() => IndexAppender.Run(_home.Home, "i", 7, 64, NullProgress.Instance, _home.Time)).Message);
    }

    [Theory]
    [InlineData(StorageType.Float32, true)]
    [InlineData(StorageType.Float16, false)]
    [InlineData(StorageType.Lorif, true)]
    public void Delete_ThenCompact_ScoresTheSameAndNamesTheDeleted(StorageType storage, bool downdate)
    {
        Make("i", storage, documents: 24);
        string[] gone = [DocumentId.Of(_home.Texts[0]), DocumentId.Of(_home.Texts[9]), DocumentId.Of(_home.Texts[23])];
        var before = Scores("i");

        IndexDeleter.Run(_home.Home, "i", gone, downdate, NullProgress.Instance, _home.Time);

        var deleted = Scores("i");
        Assert.Equal(gone.Order(), deleted.Excluded.Where(e => e.Reason.StartsWith("deleted", StringComparison.Ordinal)).Select(e => e.Id).Order());
        Assert.True(float.IsNaN(deleted.Scores[0, 9]));
        if (!downdate)
        {
            Near(before.Scores, deleted.Scores, 0, skip: [0, 9, 23]);
        }
        else
        {
            Near(Refitted(storage, [0, 9, 23]), deleted.Scores, storage == StorageType.Lorif ? 1e-3 : 1e-5, skip: [0, 9, 23]);
        }

        IndexCompacter.Run(_home.Home, "i", 10, NullProgress.Instance, _home.Time);

        // Other shards, other blocks: a matrix product may then add in another order (StoreScorer).
        Near(deleted.Scores, Scores("i").Scores, 1e-6, skip: [0, 9, 23]);
        Assert.Equal(deleted.Excluded.Select(e => e.Id), Scores("i").Excluded.Select(e => e.Id));
        Assert.Empty(IndexVerifier.Run(_home.Home, "i", NullProgress.Instance).Faults);
        var rows = IndexDirectory.Open(_home.Home.IndexDirectory("i")).Gradients();
        rows.ForEachBlock(block => Assert.DoesNotContain(9, block.Documents.ToArray()));
    }

    [Fact]
    public void Delete_UnknownOrDeletedBefore_IsNamed()
    {
        Make("i", StorageType.Float32, documents: 8);
        Assert.Contains("nothing-of-the-kind", Assert.Throws<UsageException>(() =>
            IndexDeleter.Run(_home.Home, "i", ["nothing-of-the-kind"], true, NullProgress.Instance, _home.Time)).Message);
        var id = DocumentId.Of(_home.Texts[1]);
        IndexDeleter.Run(_home.Home, "i", [id], true, NullProgress.Instance, _home.Time);
        Assert.Contains("before", Assert.Throws<UsageException>(() => IndexDeleter.Run(_home.Home, "i", [id], true, NullProgress.Instance, _home.Time)).Message);
    }

    [Fact]
    public void Verify_FlippedByte_NamesShardAndRow_AndSetApartRecordsItsDocuments()
    {
        Make("i", StorageType.Float16, documents: 24);
        var path = InIndex("i", "shard-00001.npy");
        var bytes = File.ReadAllBytes(path);
        var index = IndexDirectory.Open(_home.Home.IndexDirectory("i"));
        var row = 2 * index.Layout().RowBytes;
        var offset = bytes.Length - row;
        bytes[offset + 5] ^= 4;
        File.WriteAllBytes(path, bytes);

        var fault = Assert.Single(IndexVerifier.Run(_home.Home, "i", NullProgress.Instance).Faults);
        Assert.Equal((1, path, (long?)offset), (fault.Shard, fault.Path, fault.Offset));
        Assert.Throws<BadInputException>(() => Scores("i"));

        var result = IndexVerifier.SetApart(_home.Home, "i", NullProgress.Instance, _home.Time);

        Assert.Equal(7, result.Excluded);
        var scores = Scores("i");
        Assert.Equal(Enumerable.Range(7, 7).Select(d => DocumentId.Of(_home.Texts[d])), scores.Excluded.Select(e => e.Id));
        Assert.All(scores.Excluded, e => Assert.Contains($"offset {offset}", e.Reason));
        Assert.False(float.IsNaN(scores.Scores[0, 6]) || float.IsNaN(scores.Scores[0, 14]));
    }

    [Theory]
    [InlineData("documents-00001.npy")]
    [InlineData("checksums-00002.npy")]
    [InlineData("shard-00000.npy")]
    [InlineData("projections.safetensors")]
    [InlineData("curvature.safetensors")]
    [InlineData("deleted.jsonl")]
    public void Score_DamagedFile_IsNamed(string file)
    {
        Make("i", StorageType.Float32, documents: 24);
        IndexDeleter.Run(_home.Home, "i", [DocumentId.Of(_home.Texts[4])], true, NullProgress.Instance, _home.Time);
        Damage("i", file);
        Assert.Contains(file, Assert.Throws<BadInputException>(() => Scores("i")).Message);
        var fault = Assert.Single(IndexVerifier.Run(_home.Home, "i", NullProgress.Instance).Faults);
        // Of a shard the verifier names the file that disagrees with the others first.
        Assert.Contains(fault.Shard < 0 ? file : file[^9..^4], Path.GetFileName(fault.Path));
    }

    [Fact]
    public void Score_DamagedListOfRows_IsNotReadByScoringButRefusedByWhatReadsIt()
    {
        Make("i", StorageType.Float32, documents: 24);
        Damage("i", "rows-00001.jsonl");
        Scores("i");
        Assert.Contains("rows-00001", Assert.Throws<BadInputException>(() => IndexCompacter.Run(_home.Home, "i", 10, NullProgress.Instance, _home.Time)).Message);
        Assert.Single(IndexVerifier.Run(_home.Home, "i", NullProgress.Instance).Faults);
    }

    [Fact]
    public void Append_ShardDamagedBefore_IsStillFoundAfterwards()
    {
        Make("i", StorageType.Float32, documents: 15);
        Damage("i", "shard-00000.npy");
        WriteCorpus(24);
        IndexAppender.Run(_home.Home, "i", 7, 64, NullProgress.Instance, _home.Time);
        // A change that doesn't read a file must not vouch for it.
        Assert.Equal(0, Assert.Single(IndexVerifier.Run(_home.Home, "i", NullProgress.Instance).Faults).Shard);
        Assert.Contains("00000.npy", Assert.Throws<BadInputException>(() => Scores("i")).Message);
    }

    [Fact]
    public void Change_IndexOfFactors_IsRefusedAndSaysWhatToDo()
    {
        Indexer.Run(_home.Index("ek"), NullProgress.Instance, _home.Time);
        Action[] changes =
        [
            () => IndexAppender.Run(_home.Home, "ek", 7, 64, NullProgress.Instance, _home.Time),
            () => IndexDeleter.Run(_home.Home, "ek", [DocumentId.Of(_home.Texts[0])], true, NullProgress.Instance, _home.Time),
            () => IndexCompacter.Run(_home.Home, "ek", 10, NullProgress.Instance, _home.Time),
        ];
        foreach (var change in changes)
        {
            Assert.Contains("tda index --surrogate s --corpus c --name ek --method ekfac --replace", Assert.Throws<UsageException>(change).Message);
        }

        Assert.False(Directory.Exists(_home.Home.IndexDirectory("ek") + ".part"));
    }

    [Fact]
    public void Open_Float16AndInt8_SayWhatStorageCost()
    {
        foreach (var storage in Enum.GetValues<StorageType>())
        {
            Make("i", storage, documents: 24);
            var loss = IndexDirectory.Open(_home.Home.IndexDirectory("i")).Info.Loss;
            if (storage == StorageType.Float32)
            {
                Assert.Null(loss);
            }
            else
            {
                Assert.True(loss!.RelativeError is > 0 and < .7 && loss.Spearman > .7 && loss.Rows >= 24, $"{storage}: {loss}");
            }

            if (storage == StorageType.Float16)
            {
                Assert.True(loss!.RelativeError < 1e-3 && loss.Spearman > .999, $"{loss}");
            }

            if (storage == StorageType.Int8)
            {
                Assert.True(loss!.RelativeError < 2e-2 && loss.Spearman > .99, $"{loss}");
            }
        }
    }

    [Fact]
    public void Lorif_FullRank_EqualsLogra()
    {
        Make("logra", StorageType.Float32, documents: 24);
        Indexer.Run(_home.Index("lorif") with { Method = IndexMethod.Logra, Storage = StorageType.Lorif, FactorRank = 4, CurvatureRank = 16 }, NullProgress.Instance, _home.Time);
        foreach (var normalisation in Enum.GetValues<Normalisation>())
        {
            Near(Scores("logra", normalisation).Scores, Scores("lorif", normalisation).Scores, 1e-5);
        }
    }

    [Fact]
    public void Start_UnfinishedWorkOfAnotherBase_IsNotTakenUp()
    {
        Make("i", StorageType.Float32, documents: 24);
        using (var left = IndexRevision.Start(_home.Home.IndexDirectory("i"), "tda index compact", new { shardRows = 10 }, _home.Time, NullProgress.Instance))
        {
            File.WriteAllText(left.Work.PathOf("shard-00000.npy"), "left behind");
        }

        Make("i", StorageType.Float32, documents: 20);
        IndexCompacter.Run(_home.Home, "i", 10, NullProgress.Instance, _home.Time);
        Assert.Empty(IndexVerifier.Run(_home.Home, "i", NullProgress.Instance).Faults);
        Assert.Equal(20, IndexDirectory.Open(_home.Home.IndexDirectory("i")).Info.Documents);
    }

    private string InIndex(string name, string file) => Path.Combine(_home.Home.IndexDirectory(name), file);

    private void Damage(string index, string file)
    {
        var bytes = File.ReadAllBytes(InIndex(index, file));
        bytes[^3] ^= 1;
        // Anew, as a link to it may stand in another version of the index.
        File.Delete(InIndex(index, file));
        File.WriteAllBytes(InIndex(index, file), bytes);
    }

    private void Make(string name, StorageType storage, int documents, LayerScope track = LayerScope.Blocks)
    {
        WriteCorpus(documents);
        Indexer.Run(_home.Index(name) with { Method = IndexMethod.Logra, Storage = storage, Track = track, Replace = true }, NullProgress.Instance, _home.Time);
    }

    private void WriteCorpus(int documents, bool reversed = false)
    {
        using var writer = CorpusWriter.Create(_home.Home.CorpusDirectory("c"), _home.Time, replace: true);
        foreach (var text in reversed ? _home.Texts.Take(documents).Reverse() : _home.Texts.Take(documents))
        {
            writer.Add(new Document(DocumentId.Of(text), "all", text));
        }

        writer.Commit();
    }

    // The reference for a downdated curvature: summed afresh over the documents that are left.
    private ScoreMatrix Refitted(StorageType storage, int[] without)
    {
        using (var writer = CorpusWriter.Create(_home.Home.CorpusDirectory("left"), _home.Time))
        {
            foreach (var text in _home.Texts.Where((_, i) => !without.Contains(i)))
            {
                writer.Add(new Document(DocumentId.Of(text), "all", text));
            }

            writer.Commit();
        }
        Indexer.Run(_home.Index("left") with { Corpus = "left", Method = IndexMethod.Logra, Storage = storage }, NullProgress.Instance, _home.Time);
        var scores = Scores("left").Scores;
        var spread = new ScoreMatrix(scores.Targets, 24);
        for (var t = 0; t < scores.Targets; t++)
        {
            for (int d = 0, from = 0; d < 24; d++)
            {
                spread[t, d] = without.Contains(d) ? float.NaN : scores[t, from++];
            }
        }

        return spread;
    }

    private (ScoreMatrix Scores, List<ExcludedDocument> Excluded) Scores(string index, Normalisation normalisation = Normalisation.None)
    {
        using var session = ScoringSession.Open(_home.Home, index, 64, NullProgress.Instance, default);
        using var method = new LograMethod(session, new MethodOptions());
        var excluded = new List<ExcludedDocument>();
        return (method.Score(QuerySet.Each(_home.Queries()), normalisation, excluded.Add, NullProgress.Instance, default), excluded);
    }

    private static void Near(ScoreMatrix expected, ScoreMatrix actual, double tolerance, params int[] skip)
    {
        Assert.Equal(expected.Documents, actual.Documents);
        for (var t = 0; t < expected.Targets; t++)
        {
            var kept = Enumerable.Range(0, expected.Documents).Except(skip).ToArray();
            var largest = kept.Max(d => Math.Abs(expected[t, d]));
            Assert.All(kept, d => Assert.InRange(actual[t, d], expected[t, d] - (tolerance * largest), expected[t, d] + (tolerance * largest)));
            Assert.All(skip, d => Assert.True(float.IsNaN(actual[t, d])));
        }
    }
}
