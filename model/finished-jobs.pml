/*
 * Once the end of a job was acknowledged, no instance admits the job again.
 *
 * One partition of the Redis store with two jobs, two instances of wharfpass and two or three data nodes. docs/model.md
 * explains it to readers who do not know Promela, and says what is left out.
 *
 * Every d_step is one thing that can happen, whole; what stands before its arrow is when it can. The checker tries all
 * of them in every order. Nothing is sent "in order" or "in time": a command that is late, lost or run twice is a step
 * that happens later, never, or again.
 *
 * Sizes are set by -D; so is the one rule that is taken out, as -DNO_<rule>.
 */
#ifndef NODES
#define NODES 2
#endif
#ifndef JOBS
#define JOBS 2
#endif
#ifndef FAILOVERS
#define FAILOVERS 1
#endif
#ifndef RESTORES
#define RESTORES 0 /* times that a primary starts again with older data than it had */
#endif
#ifndef CRASHES
#define CRASHES 0 /* times that an instance loses its memory and starts again */
#endif
#ifndef DISK_LOSSES
#define DISK_LOSSES 0 /* times that an instance loses its journal as well */
#endif
#ifndef LEAVES
#define LEAVES 0 /* times that an instance is shut down in good order, to come again later or never */
#endif
#ifndef NEWCOMERS
#define NEWCOMERS 0 /* 1: no instance is registered at first */
#endif
#ifndef BOUND_BY_LEASE
#define BOUND_BY_LEASE 0 /* 1: look only at a job with a lease, and only when its lease is over */
#endif
#ifndef WITNESS
#define WITNESS 0 /* not 0: find a run in which this good thing happens; the property is not looked at */
#endif

#define BIT(n) (1 << (n))
#define HAS(set, n) (((set) >> (n)) & 1)
#define NOBODY 7

/* Job 0 runs when the story begins; job 1 is started in it. Job 0 has a lease where that matters. */
#define LEASED 0

/* A job's record. LAPSED: it says running, but its lease is over. */
#define ABSENT 0
#define RUNNING 1
#define ENDED 2
#define LAPSED 3

/* What a node stores. Replication copies it whole: a replica is an earlier state of its primary. */
typedef Data {
  byte trusted;  /* history.replid: the history that was vetted last */
  byte vetting;  /* the history that is being vetted */
  byte members;  /* instances that are registered */
  byte missing;  /* instances that have not replayed their journal on this history */
  byte doubt;    /* jobs that began before this history are in doubt; 0: none is */
  byte job[2];
  byte begun[2]  /* the trusted history when the job began */
};

#if RESTORES
#define BACKUP NODES
Data data[NODES + 1];
bit backedUp;
byte restores = RESTORES;
#else
Data data[NODES];
#endif

byte replid[NODES];  /* a primary's own replication id; 0: the node is a replica */
byte follows[NODES];
byte insync;         /* replicas that have all that their primary has */
byte idea;           /* primaries that believe they have replicas enough */
byte latest;         /* the node that was promoted last */
byte histories = 1;  /* replication ids given out */
byte failovers = FAILOVERS;
byte inflight = BIT(JOBS) - 1; /* jobs whose start the network may still deliver, as often as it likes */

byte journal[2];     /* on disk: the jobs whose end an instance took on */
byte known;          /* on disk: instances whose registration was on every node once */
byte trust[2];       /* the history that an instance goes by */
byte replayed[2];    /* the history on which an instance replayed its journal */
byte answerOf;       /* the history that said "admitted"; 0: no such answer is under way */
byte answerTo;       /* the instance that it is for */
byte crashes = CRASHES;
#if LEAVES
byte leaves = LEAVES;
#endif
byte diskLosses = DISK_LOSSES;
#if BOUND_BY_LEASE
bit leaseOver;
#endif

byte acked;          /* jobs whose end was acknowledged */

/* ---- the rules, each in one place -------------------------------------------------------------------------------- */

#define FOLLOWED(x, r) ((follows[r] == (x)) << (r))
#if NODES == 2
#define FOLLOWERS(x) (FOLLOWED(x, 0) | FOLLOWED(x, 1))
#else
#define FOLLOWERS(x) (FOLLOWED(x, 0) | FOLLOWED(x, 1) | FOLLOWED(x, 2))
#endif
#define ALL_BUT(x) ((BIT(NODES) - 1) & ~BIT(x))

/* WAIT 1: a replica has everything. */
#define DURABLE(x) ((FOLLOWERS(x) & insync) != 0)
#define ON_EVERY_NODE(x) ((FOLLOWERS(x) & insync) == ALL_BUT(x))

/* A primary runs a script only if it believes that it has replicas enough (min-replicas-to-write). */
#ifdef NO_MIN_REPLICAS
#define SERVES(x) (replid[x] != 0)
#else
#define SERVES(x) (replid[x] != 0 && HAS(idea, x))
#endif

#define OPEN(x) (data[x].trusted == replid[x])
#define VETTING(x) (data[x].vetting == replid[x])

/* What the admission script looks at. */
#ifdef NO_SCRIPT_CHECK
#define OPEN_TO_JOBS(x) true
#else
#define OPEN_TO_JOBS(x) OPEN(x)
#endif

#if defined(NO_POSITIVE_LIVENESS)
#define ALIVE(x, j) (data[x].job[j] == RUNNING || data[x].job[j] == ABSENT)
#elif defined(NO_LEASE)
#define ALIVE(x, j) (data[x].job[j] == RUNNING || data[x].job[j] == LAPSED)
#else
#define ALIVE(x, j) (data[x].job[j] == RUNNING)
#endif

#ifdef NO_DOUBT
#define IN_DOUBT(x, j) false
#else
#define IN_DOUBT(x, j) (data[x].job[j] != ABSENT && data[x].begun[j] < data[x].doubt)
#endif

#define ADMITS(x, j) (SERVES(x) && OPEN_TO_JOBS(x) && ALIVE(x, j) && !IN_DOUBT(x, j))

/* What the instance looks at when "admitted" arrives. */
#if defined(NO_SCRIPT_CHECK) || defined(NO_ADMISSION_REPLID)
#define SAME_HISTORY(i) (trust[i] != 0)
#else
#define SAME_HISTORY(i) (answerOf == trust[i])
#endif

/* What the instance looks at before it acknowledges an end. */
#ifdef NO_ACK_REPLID
#define MAY_ACK(i, x) true
#else
#define MAY_ACK(i, x) (replid[x] == trust[i])
#endif
#ifdef NO_WAIT
#define REPLICATED(x) true
#else
#define REPLICATED(x) DURABLE(x)
#endif
#ifdef NO_JOURNAL
#define JOURNALLED(i, j) true
#else
#define JOURNALLED(i, j) HAS(journal[i], j)
#endif

/* Which history an instance may go by. */
#ifdef NO_REPLAY_WHEN_OPEN
#define REPLAYED(i, x) (replayed[i] == replid[x] || OPEN(x))
#else
#define REPLAYED(i, x) (replayed[i] == replid[x])
#endif
#ifdef NO_ACK_WHEN_OPEN
#define SEEN_OPEN(x) (OPEN(x) || VETTING(x))
#else
#define SEEN_OPEN(x) OPEN(x)
#endif
#ifdef NO_DURABLE_TICK
#define TICK_KEPT(x) true
#else
#define TICK_KEPT(x) DURABLE(x)
#endif
#ifdef NO_DURABLE_REGISTRATION
#define REGISTERED(i, x) true
#else
#define REGISTERED(i, x) (HAS(known, i) || ON_EVERY_NODE(x))
#endif

/* ---- replication ------------------------------------------------------------------------------------------------- */

/* The primary's data changed: no replica has all of it. */
#define WROTE(x) insync = insync & ~FOLLOWERS(x)

inline copy(to, from) {
  data[to].trusted = data[from].trusted;
  data[to].vetting = data[from].vetting;
  data[to].members = data[from].members;
  data[to].missing = data[from].missing;
  data[to].doubt = data[from].doubt;
  data[to].job[0] = data[from].job[0];
  data[to].job[1] = data[from].job[1];
  data[to].begun[0] = data[from].begun[0];
  data[to].begun[1] = data[from].begun[1]
}

inline clear(x) {
  data[x].trusted = 0;
  data[x].vetting = 0;
  data[x].members = 0;
  data[x].missing = 0;
  data[x].doubt = 0;
  data[x].job[0] = ABSENT;
  data[x].job[1] = ABSENT;
  data[x].begun[0] = 0;
  data[x].begun[1] = 0
}

/* Of a replica that cannot be promoted any more it matters that it has everything, but not what. */
inline replicate(to, from) {
  if
  :: failovers > 0 && !(FAILOVERS == 1 && to == 2) -> copy(to, from)
  :: else -> clear(to)
  fi
}
inline clearReplica(x) {
  if
  :: failovers == 0 && replid[x] == 0 -> clear(x)
  :: else
  fi
}

/* ---- what the scripts do ----------------------------------------------------------------------------------------- */

/* A start that arrives: once, late or twice. */
#ifdef NO_COMPARE_AND_SET
#define MAY_START(x, j) (data[x].job[j] == ABSENT || data[x].job[j] == ENDED)
#else
#define MAY_START(x, j) (data[x].job[j] == ABSENT)
#endif

inline start(x, j) {
  printf("start of job %d arrives at node %d\n", j, x);
  data[x].job[j] = RUNNING;
#ifdef NO_LATE_DOUBT
  /* Doubt from the promotion on: a clock that was ahead has written a later moment. */
  data[x].begun[j] = histories + 1;
#else
  data[x].begun[j] = data[x].trusted;
#endif
  WROTE(x)
}

inline finish(x, j) {
#ifdef NO_TOMBSTONE
  if
  :: data[x].job[j] == ABSENT -> skip
  :: else -> data[x].job[j] = ENDED
  fi
#else
  data[x].job[j] = ENDED
#endif
}

/* The tick registers an instance; on a history that is new it says who has to come. */
inline tick(x, i) {
  if
  :: !OPEN(x) && !VETTING(x) ->
     data[x].vetting = replid[x];
#ifdef NO_CARRIED_DOUBT
     data[x].missing = data[x].members & ~(data[x].doubt -> data[x].missing : 0)
#elif defined(NO_AGE_BY_DATA)
     data[x].missing = 0
#else
     data[x].missing = data[x].missing | data[x].members
#endif
  :: else
  fi;
  if
  :: !HAS(data[x].members, i) && !OPEN(x) -> data[x].missing = data[x].missing | BIT(i)
#ifdef NO_AGE_BY_DATA
  :: HAS(data[x].members, i) && !OPEN(x) -> data[x].missing = data[x].missing | BIT(i)
#endif
  :: else
  fi;
  data[x].members = data[x].members | BIT(i);
#ifdef NO_QUARANTINE
  data[x].trusted = replid[x]; data[x].missing = 0;
#endif
  WROTE(x)
}

/* To confirm is to promise: the history that the instance went by is let go before the command is sent. */
inline confirm(x, i) {
#ifndef NO_LETTING_GO
  trust[i] = 0;
#endif
  data[x].missing = data[x].missing & ~BIT(i);
  if
  :: data[x].missing == 0 -> data[x].trusted = replid[x]; data[x].doubt = 0
  :: else
  fi;
  WROTE(x)
}

#if LEAVES
inline leave(x, i) {
  data[x].members = data[x].members & ~BIT(i);
  data[x].missing = data[x].missing & ~BIT(i);
  if
  :: !OPEN(x) && data[x].missing == 0 -> data[x].trusted = replid[x]; data[x].doubt = 0
  :: else
  fi;
  known = known & ~BIT(i);
  WROTE(x)
}
#endif

/*
 * The wait for the missing is over. It is longer than a command lives, and longer than an instance goes by a history
 * without a good tick. No older primary can have given a good tick since this one got its first replica.
 */
inline passOver(x) {
  data[x].trusted = replid[x];
  data[x].doubt = replid[x];
  inflight = 0;
#ifndef NO_YOUNG_TICK
  if :: HAS(data[x].missing, 0) && trust[0] < replid[x] -> trust[0] = 0 :: else fi;
  if :: HAS(data[x].missing, 1) && trust[1] < replid[x] -> trust[1] = 0 :: else fi;
#endif
  WROTE(x)
}

/* ---- an instance ------------------------------------------------------------------------------------------------- */

#define FOR_NODES_2(step) step(0) step(1)
#define FOR_NODES_3(step) step(0) step(1) step(2)
#if NODES == 2
#define FOR_NODES FOR_NODES_2
#else
#define FOR_NODES FOR_NODES_3
#endif

inline dropAnswer() { answerOf = 0; answerTo = 0 }

inline forget(i) {
  trust[i] = 0; replayed[i] = 0;
  if :: answerTo == i -> dropAnswer() :: else fi
}

#if JOBS == 2
#define SECOND_JOB(step) step
#else
#define SECOND_JOB(step)
#endif

/*
 * Each connection of an instance may lead to any node at any time. It ticks; replays its journal; confirms; and goes by
 * a history that it saw open.
 */
#define INSTANCE_AND_NODE(x) \
  :: d_step { SERVES(x) && (!HAS(data[x].members, i) || (!OPEN(x) && !VETTING(x))) -> \
       tick(x, i); printf("instance %d ticks at node %d\n", i, x) } \
  :: d_step { SERVES(x) && replayed[i] != replid[x] && HAS(data[x].members, i) && (OPEN(x) || VETTING(x)) -> \
       WITNESSED(6, (journal[i] & acked & SET_OF_RUNNING(x)) != 0) \
       if :: HAS(journal[i], 0) -> finish(x, 0); WROTE(x) :: else fi; \
       if :: HAS(journal[i], 1) -> finish(x, 1); WROTE(x) :: else fi; \
       replayed[i] = replid[x]; printf("instance %d replays its journal at node %d\n", i, x) } \
  :: d_step { SERVES(x) && REPLAYED(i, x) && HAS(data[x].missing, i) && (OPEN(x) || VETTING(x)) -> \
       confirm(x, i); printf("instance %d confirms at node %d (missing now %d)\n", i, x, data[x].missing) } \
  :: d_step { SERVES(x) && trust[i] != replid[x] && REPLAYED(i, x) && HAS(data[x].members, i) \
              && !HAS(data[x].missing, i) && SEEN_OPEN(x) && TICK_KEPT(x) && REGISTERED(i, x) -> \
       trust[i] = replid[x]; known = known | BIT(i); \
       printf("instance %d goes by history %d from now on (node %d)\n", i, trust[i], x) } \
  LEAVE(x) \
  INSTANCE_NODE_JOB(x, 0) \
  SECOND_JOB(INSTANCE_NODE_JOB(x, 1))

/* Shut down in good order: nobody will wait for it. */
#if LEAVES
#ifdef NO_REPLAY_BEFORE_LEAVING
#define MAY_LEAVE(i, x) (OPEN(x) || VETTING(x))
#else
#define MAY_LEAVE(i, x) (replayed[i] == replid[x] && !HAS(data[x].missing, i) && (OPEN(x) || VETTING(x)))
#endif
#define LEAVE(x) \
  :: d_step { leaves > 0 && SERVES(x) && HAS(data[x].members, i) && MAY_LEAVE(i, x) -> \
       leaves--; leave(x, i); forget(i); printf("instance %d leaves (node %d)\n", i, x) }
#else
#define LEAVE(x)
#endif

/*
 * The end runs; [end, WAIT] runs and is good enough. To run the end twice is to run it once, so a late answer to the
 * first run is a timely answer to another one, and they are one step. Only the end of a job that has a record is run;
 * a replay also writes one where there is none.
 */
#define INSTANCE_NODE_JOB(x, j) \
  :: d_step { SERVES(x) && JOURNALLED(i, j) && (data[x].job[j] == RUNNING || data[x].job[j] == LAPSED) -> \
       finish(x, j); WROTE(x); printf("instance %d runs the end of job %d at node %d\n", i, j, x) } \
  :: d_step { SERVES(x) && JOURNALLED(i, j) && !HAS(acked, j) && data[x].job[j] == ENDED && REPLICATED(x) \
              && MAY_ACK(i, x) -> \
       WITNESSED(3, histories > 1) \
       acked = acked | BIT(j); \
       printf("instance %d ACKNOWLEDGES the end of job %d (node %d)\n", i, j, x) } \
  ADMISSION(x, j)

#if BOUND_BY_LEASE
#define LOOKED_AT(j) (j == LEASED && leaseOver)
#else
#define LOOKED_AT(j) true
#endif

/* Only an admission that is asked for after the acknowledgement can be wrong, so only those are followed. */
#if WITNESS == 0
#define ADMISSION(x, j) \
  :: d_step { HAS(acked, j) && LOOKED_AT(j) && answerOf == 0 && ADMITS(x, j) -> \
       answerOf = replid[x]; answerTo = i; \
       printf("instance %d asks node %d for job %d, whose end was acknowledged: admitted\n", i, x, j) }
#else
#define ADMISSION(x, j) \
  :: d_step { trust[i] == replid[x] && ADMITS(x, j) -> \
       WITNESSED(1, histories == 1) \
       WITNESSED(2, histories > 1 && data[x].begun[j] == 1 && data[x].doubt == 0) \
       WITNESSED(5, histories > 1 && inflight == 0 && data[x].doubt == 0) \
       skip } \
  :: d_step { SERVES(x) && OPEN(x) && ALIVE(x, j) && IN_DOUBT(x, j) && HAS(acked, j) -> \
       WITNESSED(4, true) skip }
#endif
#define SET_OF_RUNNING(x) ((data[x].job[0] == RUNNING) | ((data[x].job[1] == RUNNING) << 1))
#if WITNESS
#define WITNESSED(n, what) assert(!(WITNESS == n && (what)));
#else
#define WITNESSED(n, what)
#endif

proctype Instance(byte i) {
  end: do
  /* Somebody asks for the end of a job: first of all it is written down. The instance that does so
     first for job 0 is called 0. */
  :: d_step { !HAS(journal[i], 0) && (i == 0 || HAS(journal[0], 0)) -> journal[i] = journal[i] | 1;
       printf("instance %d writes the end of job 0 into its journal\n", i) }
#if JOBS == 2
  :: d_step { !HAS(journal[i], 1) -> journal[i] = journal[i] | 2;
       printf("instance %d writes the end of job 1 into its journal\n", i) }
#endif
  FOR_NODES(INSTANCE_AND_NODE)
  :: d_step { answerOf != 0 && answerTo == i && SAME_HISTORY(i) ->
       printf("instance %d ADMITS the job that ended\n", i); assert(false) }
  :: d_step { answerOf != 0 && answerTo == i -> dropAnswer() }
  :: d_step { crashes > 0 -> crashes--; forget(i); printf("instance %d crashes and starts again\n", i) }
  :: d_step { diskLosses > 0 -> diskLosses--; forget(i); journal[i] = 0;
       printf("instance %d loses its disk\n", i) }
  od
}

/* ---- the world --------------------------------------------------------------------------------------------------- */

#ifdef NO_DEAD_LEASE
#define HEARTBEAT(x) \
  :: d_step { SERVES(x) && OPEN(x) && data[x].job[LEASED] == LAPSED -> data[x].job[LEASED] = RUNNING; WROTE(x) }
#else
#define HEARTBEAT(x)
#endif

#define NODE(x) \
  :: d_step { HAS(inflight, 0) && SERVES(x) && OPEN(x) && MAY_START(x, 0) -> start(x, 0) } \
  :: d_step { HAS(inflight, 1) && SERVES(x) && OPEN(x) && MAY_START(x, 1) -> start(x, 1) } \
  HEARTBEAT(x) \
  /* Replication catches up; a frozen link is one where this does not happen. */ \
  :: d_step { follows[x] != NOBODY && !HAS(insync, x) -> \
       replicate(x, follows[x]); insync = insync | BIT(x); idea = idea | BIT(follows[x]); \
       printf("node %d catches up with node %d\n", x, follows[x]) } \
  /* A node learns who is primary now, and takes its data. */ \
  :: d_step { x != latest && follows[x] != latest -> \
       replid[x] = 0; follows[x] = latest; replicate(x, latest); insync = insync | BIT(x); \
       idea = (idea & ~BIT(x)) | BIT(latest); \
       printf("node %d becomes a replica of node %d\n", x, latest) } \
  /* A primary sees at last that its replicas are gone. */ \
  :: d_step { replid[x] != 0 && HAS(idea, x) && FOLLOWERS(x) == 0 -> idea = idea & ~BIT(x); \
       printf("node %d sees that it has no replicas left\n", x) } \
  /* Failover: a replica is promoted, whatever it has; its own replicas have to come again. The old primary does not \
     hear of it. */ \
  :: d_step { failovers > 0 && follows[x] == latest && MAY_BE_PROMOTED(x) -> \
       failovers--; histories++; replid[x] = histories; follows[x] = NOBODY; latest = x; \
       clearReplica(0); clearReplica(1); CLEAR_2 \
       insync = insync & ~(BIT(x) | FOLLOWERS(x)); \
       idea = idea & ~BIT(x); \
       printf("FAILOVER: node %d is promoted, history %d\n", x, histories) } \
  :: d_step { SERVES(x) && !OPEN(x) && VETTING(x) && data[x].missing != 0 -> \
       passOver(x); printf("node %d passes over the missing %d\n", x, data[x].missing) }

#if NODES == 3
#define CLEAR_2 clearReplica(2);
#else
#define CLEAR_2
#endif
/* Nothing tells two replicas apart before the first failover. */
#define MAY_BE_PROMOTED(x) (x == 1 || failovers < FAILOVERS)

inline lapse(x) {
  if
  :: data[x].job[LEASED] == RUNNING -> data[x].job[LEASED] = LAPSED
  :: else
  fi
}

proctype World() {
  end: do
  FOR_NODES(NODE)
#if BOUND_BY_LEASE
  /* Whoever ended the job sends no more heartbeats for it. Time passes. */
  :: d_step { HAS(acked, LEASED) && histories > 1 && !leaseOver ->
       leaseOver = 1; lapse(0); lapse(1); printf("the lease of job 0 is over\n") }
#endif
#if RESTORES
  :: d_step { restores > 0 && !backedUp -> backedUp = 1; copy(BACKUP, latest); printf("a backup is taken\n") }
  :: d_step { restores > 0 -> restores--; histories++; replid[latest] = histories;
       copy(latest, BACKUP); insync = insync & ~FOLLOWERS(latest); idea = idea & ~BIT(latest);
       printf("node %d starts again with the backup, history %d\n", latest, histories) }
#endif
  od
}

inline setUp(x) {
  if
  :: x != 2 || FAILOVERS > 1 ->
     data[x].trusted = 1; data[x].job[0] = RUNNING; data[x].begun[0] = 1;
     data[x].members = (NEWCOMERS -> 0 : 3)
  :: else
  fi;
  follows[x] = (x == 0 -> NOBODY : 0);
  insync = insync | (x == 0 -> 0 : BIT(x))
}

init {
  atomic {
    replid[0] = 1;
    idea = 1;
    setUp(0); setUp(1);
#if NODES == 3
    setUp(2);
#endif
#if RESTORES
    copy(BACKUP, 0);
#endif
#if !NEWCOMERS
    known = 3;
    trust[0] = 1; trust[1] = 1; replayed[0] = 1; replayed[1] = 1;
#endif
    run Instance(0);
    run Instance(1);
    run World()
  }
}
